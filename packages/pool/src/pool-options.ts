import { invalidOption } from './errors.ts';

/** Sizes and time limits of a {@link Pool}. Times are in milliseconds. */
export interface PoolOptions {
  /** Resources that exist at once, at most, those being created included. @defaultValue 10 */
  readonly max?: number;
  /** Idle resources that are kept ready, as far as `max` allows. @defaultValue 0 */
  readonly minIdle?: number;
  /** Idle resources that are kept, at most. @defaultValue `max` */
  readonly maxIdle?: number;
  /** Callers that wait while every resource is busy, at most. @defaultValue 1024 */
  readonly maxWaiting?: number;
  /** How long a caller waits; 0 is no limit. @defaultValue 5000 */
  readonly acquireTimeoutMs?: number;
  /** How long the factory may take to create, or to validate; 0 is no limit. @defaultValue 10000 */
  readonly createTimeoutMs?: number;
  /** How long a resource beyond `minIdle` stays unused before it is closed; 0 is no limit. @defaultValue 90000 */
  readonly idleTimeoutMs?: number;
  /**
   * Age at which a resource is closed, at once when idle, else when it is given back; 0 is no limit. Each gets up to
   * 2.5 % less, at random, so that those created together do not end together. @defaultValue 1800000
   */
  readonly maxLifetimeMs?: number;
  /** How long a waiter is left to take a returned resource before one is created for it. @defaultValue 0 */
  readonly dialDelayMs?: number;
  /** Which idle resource is lent first: the last one returned, or the one idle longest. @defaultValue 'lifo' */
  readonly order?: 'lifo' | 'fifo';
}

/** Checked options with every default filled in. */
export type PoolSettings = Required<PoolOptions>;

/**
 * Fills in the defaults and checks every value.
 *
 * @throws ERR_POOL_INVALID_OPTION
 */
export function poolSettings(options: PoolOptions = {}): PoolSettings {
  const { max = 10, order = 'lifo' } = options;
  const { minIdle = 0, maxIdle = max, maxWaiting = 1024 } = options;
  const { acquireTimeoutMs = 5_000, createTimeoutMs = 10_000, dialDelayMs = 0 } = options;
  const { idleTimeoutMs = 90_000, maxLifetimeMs = 1_800_000 } = options;

  wholeNumber('max', max, 1);
  wholeNumber('maxIdle', maxIdle, 0, max);
  wholeNumber('minIdle', minIdle, 0, maxIdle);
  wholeNumber('maxWaiting', maxWaiting);
  const times = { acquireTimeoutMs, createTimeoutMs, dialDelayMs, idleTimeoutMs, maxLifetimeMs };
  for (const [name, value] of Object.entries(times)) milliseconds(name, value);
  if (order !== 'lifo' && order !== 'fifo') throw invalidOption('order', order, "'lifo' or 'fifo'");

  return { max, minIdle, maxIdle, maxWaiting, order, ...times };
}

/** The longest delay that the timers of Node keep; anything above would fire at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** @throws ERR_POOL_INVALID_OPTION */
export function milliseconds(name: string, value: number): void {
  if (value >= 0 && value <= LONGEST_DELAY_MS) return;
  throw invalidOption(name, value, `a number of milliseconds from 0 to ${LONGEST_DELAY_MS}`);
}

/** @throws ERR_POOL_INVALID_OPTION */
export function wholeNumber(name: string, value: number, least = 0, most = Number.MAX_SAFE_INTEGER): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw invalidOption(name, value, `a whole number from ${least} to ${most}`);
}
