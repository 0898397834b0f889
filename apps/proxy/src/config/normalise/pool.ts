import type { PoolConfig } from '../proxy-config.ts';
import type { PoolInput } from '../schema/pool-schema.ts';
import type { Draft } from './draft.ts';

/** Reads `pool`. */
export function toPool(input: PoolInput, path: string, draft: Draft): PoolConfig {
  const { max, minIdle, maxIdle = max, ping } = input;
  if (maxIdle > max) draft.refuse(`${path}.maxIdle`, `expected at most ${max}, which is \`max\`, got ${maxIdle}`);
  if (minIdle > maxIdle) {
    const limit = maxIdle < max ? 'maxIdle' : 'max';
    draft.refuse(`${path}.minIdle`, `expected at most ${maxIdle}, which is \`${limit}\`, got ${minIdle}`);
  }
  return {
    max,
    maxTotal: input.maxTotal,
    minIdle,
    maxIdle,
    maxWaiting: input.maxWaiting,
    acquireTimeoutMs: input.acquireTimeout,
    dialDelayMs: input.dialDelay,
    idleTimeoutMs: input.idleTimeout,
    maxLifetimeMs: input.maxLifetime,
    order: input.order,
    serverSpeaksFirst: input.serverSpeaksFirst,
    ping: ping && { intervalMs: ping.interval, send: ping.send, expect: ping.expect },
  };
}
