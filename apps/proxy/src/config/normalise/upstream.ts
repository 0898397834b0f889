import type { BreakerConfig, Protocol, RetryConfig, UpstreamConfig } from '../proxy-config.ts';
import type { BackendInput, UpstreamInput } from '../schema/upstream-schema.ts';
import { toBackends } from './backends.ts';
import type { Draft } from './draft.ts';
import { toHealth } from './health.ts';
import { checkIdleTcp } from './idle-tcp.ts';
import { toPluginUse } from './plugin-use.ts';
import { toPool } from './pool.ts';
import { checkSentProxyProtocol } from './proxy-protocol.ts';
import { toBackendTls } from './tls.ts';

const DEFAULT_STRATEGY = { http: 'round-robin', tcp: 'least-connections' } as const;

/** What an upstream is made of, be it one of `upstreams` or the own one of an app. */
export type UpstreamParts = Omit<UpstreamInput, 'backends'>;

/** An upstream as the config has it. */
export interface UpstreamPlace {
  readonly name: string;
  readonly path: string;
  readonly protocol: Protocol;
  readonly backends: readonly BackendInput[];
  readonly backendsPath: string;
}

/** Reads one of `upstreams`, or what an app says of the upstream that it owns. */
export function toUpstream(parts: UpstreamParts, place: UpstreamPlace, draft: Draft): UpstreamConfig {
  const { name, path, protocol, backends, backendsPath } = place;
  const read = toBackends(backends, backendsPath, protocol, draft);
  if (parts.proxyProtocol) checkSentProxyProtocol(`${path}.proxyProtocol`, protocol, read, draft);
  const upstream: UpstreamConfig = {
    name,
    path,
    protocol,
    backends: read,
    tls: parts.tls && toBackendTls(parts.tls, `${path}.tls`, read, draft),
    proxyProtocol: parts.proxyProtocol,
    keepAliveMs: parts.keepAlive,
    strategy: toPluginUse(parts.strategy ?? DEFAULT_STRATEGY[protocol], `${path}.strategy`),
    pool: toPool(parts.pool, `${path}.pool`, draft),
    connectTimeoutMs: parts.timeouts.connect,
    health: parts.health && toHealth(parts.health, `${path}.health`, draft),
    breaker: parts.breaker && toBreaker(parts.breaker),
    retry: toRetry(parts.retry),
  };
  checkIdleTcp(upstream, draft);
  return upstream;
}

function toBreaker(input: Exclude<UpstreamParts['breaker'], false>): BreakerConfig {
  const { errorThreshold, minimumRequests, resetTimeout } = input;
  return { errorThreshold, minimumRequests, resetTimeoutMs: resetTimeout };
}

function toRetry(input: UpstreamParts['retry']): RetryConfig {
  if (input === false) return { attempts: 0, replayStale: false };
  return {
    attempts: input.on.includes('connect-failure') ? input.attempts : 0,
    replayStale: input.on.includes('stale-connection'),
  };
}
