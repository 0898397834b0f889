import type { BackendTls, Clock, Logger, Observer, Random, Transport } from '@millpond/contracts';
import { Upstream, type UpstreamOptions } from '@millpond/upstream';
import type { ProxyConfig, UpstreamConfig } from './config/index.ts';
import type { PluginParts } from './plugin-parts.ts';

/** What upstreams get from the proxy. */
export interface UpstreamHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly observer: Observer;
}

/** Makes the upstreams of a config that an app uses; they are not started yet. */
export async function createUpstreams(
  config: ProxyConfig,
  parts: PluginParts,
  transports: ReadonlyMap<string, Transport>,
  tls: ReadonlyMap<string, BackendTls>,
  host: UpstreamHost,
): Promise<Map<string, Upstream>> {
  const upstreams = new Map<string, Upstream>();
  const used = new Set(
    config.apps.flatMap(({ upstream, routes }) => [upstream, ...routes.map((route) => route.upstream)]),
  );
  for (const upstream of Object.values(config.upstreams)) {
    const transport = transports.get(upstream.protocol);
    if (transport !== undefined && used.has(upstream.name))
      upstreams.set(upstream.name, await createUpstream(upstream, parts, transport, tls.get(upstream.name), host));
  }
  return upstreams;
}

async function createUpstream(
  config: UpstreamConfig,
  parts: PluginParts,
  transport: Transport,
  tls: BackendTls | undefined,
  host: UpstreamHost,
): Promise<Upstream> {
  const { keepAliveMs } = config;
  const { serverSpeaksFirst, ping, maxTotal, ...pool } = config.pool;
  return new Upstream(
    {
      name: config.name,
      backends: config.backends,
      createStrategy: () => parts.createFor('strategy', config.strategy),
      transport,
      connectOptions: { keepAliveMs, serverSpeaksFirst, ...(ping && { ping }) },
      ...(tls && { tls }),
      pool: { ...pool, ...(ping && { pingIntervalMs: ping.intervalMs }) },
      maxTotal,
      connectTimeoutMs: config.connectTimeoutMs,
      retryAttempts: config.retry.attempts,
      breaker: config.breaker,
      ...(await activeChecks(config, parts)),
    },
    host,
  );
}

/** The probe of an upstream, and how it is run; nothing where there is none. */
async function activeChecks(
  { health, proxyProtocol }: UpstreamConfig,
  parts: PluginParts,
): Promise<Pick<UpstreamOptions, 'probe' | 'prober'>> {
  if (health === false) return {};
  const probe = await parts.create('probe', health.probe);
  return {
    probe: {
      check: (backend, options) => probe.check(backend, { ...options, ...(proxyProtocol && { proxyProtocol }) }),
    },
    prober: {
      intervalMs: health.intervalMs,
      downIntervalMs: health.downIntervalMs,
      timeoutMs: health.timeoutMs,
      unhealthyThreshold: health.unhealthyThreshold,
      healthyThreshold: health.healthyThreshold,
    },
  };
}
