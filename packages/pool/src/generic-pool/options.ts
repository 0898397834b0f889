import type { PoolOptions } from '../pool-options.ts';

/** The options of generic-pool 3.9, with its names. `numTestsPerEvictionRun` and `Promise` are accepted and have no effect. */
export interface GenericPoolOptions {
  /** @defaultValue 1 */
  readonly max?: number;
  /** Resources that there are at least, lent ones included; no more than `max`. @defaultValue 0 */
  readonly min?: number;
  /** @defaultValue no limit */
  readonly maxWaitingClients?: number;
  /** Whether `factory.validate` is asked before a resource is lent. @defaultValue false */
  readonly testOnBorrow?: boolean;
  /** @defaultValue no limit */
  readonly acquireTimeoutMillis?: number;
  /** After this long `factoryDestroyError` is emitted. @defaultValue no limit */
  readonly destroyTimeoutMillis?: number;
  /** @defaultValue true */
  readonly fifo?: boolean;
  /** Priorities go from 0 to one less than this, and are nine at most. @defaultValue 1 */
  readonly priorityRange?: number;
  /** @defaultValue true */
  readonly autostart?: boolean;
  /** Where it is not above 0, nothing is closed for being idle. @defaultValue 0 */
  readonly evictionRunIntervalMillis?: number;
  readonly numTestsPerEvictionRun?: number;
  /** How long a resource beyond `min` stays idle; not above 0: no limit. @defaultValue -1 */
  readonly softIdleTimeoutMillis?: number;
  /** How long any resource stays idle. @defaultValue 30000 */
  readonly idleTimeoutMillis?: number;
  readonly Promise?: unknown;
}

/** What they mean to our pool. `min` is left out: it changes with what is lent. */
export function translate(options: GenericPoolOptions): PoolOptions {
  const { maxWaitingClients = Number.MAX_SAFE_INTEGER, acquireTimeoutMillis = 0, fifo = true } = options;
  const { evictionRunIntervalMillis = 0, softIdleTimeoutMillis = -1, idleTimeoutMillis = 30_000 } = options;
  const evicts = evictionRunIntervalMillis > 0;
  return {
    max: Math.max(options.max ?? 1, 1),
    maxWaiting: maxWaitingClients,
    acquireTimeoutMs: acquireTimeoutMillis,
    idleTimeoutMs: evicts ? Math.max(softIdleTimeoutMillis, 0) : 0,
    maxIdleTimeMs: evicts ? idleTimeoutMillis : 0,
    createTimeoutMs: 0,
    maxLifetimeMs: 0,
    order: fifo ? 'fifo' : 'lifo',
  };
}
