import { formatAddress, formatDuration } from '@millpond/proxy';
import type { AppConfig, ProxyConfig, UpstreamConfig } from '@millpond/proxy';

/** What a config was understood to mean, in a few lines. */
export function describeConfig({ apps, upstreams, admin }: ProxyConfig): string {
  const lines = [
    ...apps.flatMap(describeApp),
    ...Object.values(upstreams).flatMap(describeUpstream),
    ...(admin === undefined ? [] : [`admin on ${formatAddress(admin.listen)}`]),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function describeApp({ name, protocol, frontends, routes, upstream, filters }: AppConfig): string[] {
  const listens = frontends.map(describeFrontend).join(', ');
  return [
    `app ${name}: ${protocol} on ${listens}`,
    ...filters.map((filter) => `  filter ${filter.name}`),
    ...routes.map((route) => `  ${route.host ?? ''}${route.path ?? ''} -> ${route.upstream}`),
    `  ${routes.length === 0 ? 'everything' : 'all else'} -> ${upstream ?? '404 Not Found'}`,
  ];
}

function describeFrontend({ address, tls, redirectToPort }: AppConfig['frontends'][number]): string {
  const notes = [
    tls === undefined ? [] : 'TLS',
    redirectToPort === undefined ? [] : `to https on ${redirectToPort}`,
  ].flat();
  return `${formatAddress(address)}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`;
}

function describeUpstream({ name, strategy, backends, pool, health }: UpstreamConfig): string[] {
  const count = backends.length === 1 ? '1 backend' : `${backends.length} backends`;
  const probe =
    health === false ? 'not probed' : `${health.probe.name} probe every ${formatDuration(health.intervalMs)}`;
  return [
    `upstream ${name}: ${strategy.name} over ${count}, ${probe}, up to ${pool.max} connections to each`,
    ...backends.map(describeBackend),
  ];
}

function describeBackend({ id, url, weight, priority }: UpstreamConfig['backends'][number]): string {
  const title = id === url ? url : `${url} (${id})`;
  const differences = [weight === 1 ? [] : `weight ${weight}`, priority === 0 ? [] : `priority ${priority}`].flat();
  return `  ${[title, ...differences].join(', ')}`;
}
