import { LONGEST_DELAY_MS, milliseconds, numberWithin, wholeNumber } from '../option-checks.ts';
import type { PoolOptions } from '../pool-options.ts';
import { HIGHEST_PRIORITY } from '../priority-line.ts';

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
  /** How long a resource beyond `min` available ones stays idle; not above 0: no limit. @defaultValue -1 */
  readonly softIdleTimeoutMillis?: number;
  /** How long any resource stays idle. @defaultValue 30000 */
  readonly idleTimeoutMillis?: number;
  readonly Promise?: unknown;
}

/** What they mean to us, every default filled in. */
export interface GenericPoolSettings {
  /** Without `min`, which changes with what is lent. */
  readonly pool: PoolOptions;
  readonly min: number;
  /** From 1 to as many as our pool has. */
  readonly priorityRange: number;
  readonly testOnBorrow: boolean;
  readonly autostart: boolean;
  /** 0 is no limit. */
  readonly destroyTimeoutMs: number;
}

/**
 * As generic-pool takes them: null is as good as nothing, and a flag that is no boolean, too; but texts are no numbers.
 *
 * @throws ERR_POOL_INVALID_OPTION
 */
export function translate(options: GenericPoolOptions | null): GenericPoolSettings {
  const given = options ?? {};
  const max = Math.max(count('max', given.max ?? 1), 1);
  const acquireTimeoutMs = given.acquireTimeoutMillis ?? 0;
  milliseconds('acquireTimeoutMillis', acquireTimeoutMs);
  return {
    pool: {
      max,
      maxWaiting: countOrAny('maxWaitingClients', given.maxWaitingClients ?? Infinity),
      acquireTimeoutMs,
      ...idleLimits(given),
      createTimeoutMs: 0,
      maxLifetimeMs: 0,
      order: flag(given.fifo, true) ? 'fifo' : 'lifo',
    },
    min: Math.min(count('min', given.min ?? 0), max),
    priorityRange: Math.min(Math.max(count('priorityRange', given.priorityRange ?? 1), 1), 2 * HIGHEST_PRIORITY + 1),
    testOnBorrow: flag(given.testOnBorrow, false),
    autostart: flag(given.autostart, true),
    destroyTimeoutMs: limit('destroyTimeoutMillis', given.destroyTimeoutMillis ?? 0, 0),
  };
}

function idleLimits(given: GenericPoolOptions): Pick<PoolOptions, 'idleTimeoutMs' | 'maxIdleTimeMs'> {
  const interval = given.evictionRunIntervalMillis ?? 0;
  numberWithin('evictionRunIntervalMillis', interval, -Infinity, Infinity);
  const soft = limit('softIdleTimeoutMillis', given.softIdleTimeoutMillis ?? -1, -Infinity);
  // 0 is "not given" there, for this one.
  const isGiven = given.idleTimeoutMillis !== 0;
  const hard = limit('idleTimeoutMillis', (isGiven ? given.idleTimeoutMillis : undefined) ?? 30_000, 0);
  return interval > 0 ? { idleTimeoutMs: soft, maxIdleTimeMs: hard } : { idleTimeoutMs: 0, maxIdleTimeMs: 0 };
}

function flag(value: unknown, fallback: boolean): boolean {
  return typeof value === 'boolean' ? value : fallback;
}

function count(name: string, value: number): number {
  wholeNumber(name, value);
  return value;
}

function countOrAny(name: string, value: number): number {
  return value === Infinity ? Number.MAX_SAFE_INTEGER : count(name, value);
}

/** A time limit as our pool has it, where 0 is none; none, too, what is longer than a timer can be. */
function limit(name: string, value: number, least: number): number {
  numberWithin(name, value, least, Infinity);
  return value > LONGEST_DELAY_MS ? 0 : Math.max(value, 0);
}
