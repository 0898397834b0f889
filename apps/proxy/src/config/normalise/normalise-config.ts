import { ConfigError } from '../config-error.ts';
import type { ProxyConfig } from '../proxy-config.ts';
import type { ParsedConfig } from '../schema/config-schema.ts';
import { checkAppNames, toApp } from './apps.ts';
import type { Draft } from './draft.ts';
import { checkFrontends } from './frontends.ts';
import { protocolOf } from './protocol.ts';
import { upstreamProtocols } from './upstream-protocols.ts';
import { toUpstream } from './upstream.ts';
import { defineUpstreams } from './upstreams.ts';

/**
 * Brings a config that its schema has accepted into its final form, and holds it to the rules that no schema can
 * state.
 *
 * @throws ERR_CONFIG_INVALID
 */
export function normaliseConfig(config: ParsedConfig, draft: Draft): ProxyConfig {
  checkAppNames(config.apps, draft);
  checkFrontends(config.apps, config.admin?.listen, draft);

  const protocols = config.apps.map((app, index) => protocolOf(app, `apps[${index}]`, draft));
  const definitions = defineUpstreams(config, protocols, draft);
  const apps = config.apps.map((app, index) => toApp(app, `apps[${index}]`, protocols[index] ?? 'http', draft));
  const spoken = upstreamProtocols(definitions, apps, draft);

  const upstreams = Array.from(definitions.values(), ({ parts, ...place }) =>
    toUpstream(parts, { ...place, protocol: spoken.get(place.name) ?? 'http' }, draft),
  );
  if (draft.issues.length > 0) throw new ConfigError('ERR_CONFIG_INVALID', draft.issues);

  const { level, format, metricsInterval, access } = config.log;
  return {
    plugins: config.plugins,
    log: { level, format, metricsIntervalMs: metricsInterval, access },
    admin: config.admin,
    shutdown: { timeoutMs: config.shutdown.timeout },
    upstreams: Object.fromEntries(upstreams.map((upstream) => [upstream.name, upstream])),
    apps,
    source: draft.source,
  };
}
