import { checkAdaptiveTimeout } from './adaptive-timeout.ts';
import type { AdaptiveTimeoutOptions } from './adaptive-timeout.ts';
import { invalidOption } from './errors.ts';
import { milliseconds, noOthers, object, wholeNumber } from './option-checks.ts';

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
  /** Resources that are being created at once, at most. @defaultValue `max` */
  readonly maxCreating?: number;
  /** How often a resource is lent before it is closed; 0 is no limit. @defaultValue 0 */
  readonly maxUses?: number;
  /** How long a caller waits; 0 is no limit. @defaultValue 5000 */
  readonly acquireTimeoutMs?: number;
  /** Makes callers who name no time-out wait less than `acquireTimeoutMs` where waits are short. @defaultValue off */
  readonly adaptiveTimeout?: AdaptiveTimeoutOptions | undefined;
  /** How long the factory may take to create, to validate, or to ping; 0 is no limit. @defaultValue 10000 */
  readonly createTimeoutMs?: number;
  /**
   * After a failure nothing is created for callers for 10 ms, doubling with each further failure up to this long, less up
   * to half at random. Those who need a new resource meanwhile get the failure at once if there is nothing to wait for.
   * 0 creates for every caller, come what may. @defaultValue 0
   */
  readonly createBackOffMs?: number;
  /** How long a resource beyond `minIdle` stays unused before it is closed; 0 is no limit. @defaultValue 90000 */
  readonly idleTimeoutMs?: number;
  /** How long any resource stays unused before it is closed, and replaced as `minIdle` says; 0 is no limit. @defaultValue 0 */
  readonly maxIdleTimeMs?: number;
  /**
   * Age at which a resource is closed, at once when idle, else when it is given back; 0 is no limit. Each gets up to
   * 2.5 % less, at random, so that those created together do not end together. @defaultValue 1800000
   */
  readonly maxLifetimeMs?: number;
  /** How long after its last use, or ping, a resource is lent without being validated. @defaultValue 0 */
  readonly aliveBypassMs?: number;
  /** How long an idle resource goes without use or `Factory.ping`; each up to 25 % less. 0: no pings. @defaultValue 0 */
  readonly pingIntervalMs?: number;
  /** How long a loan may last before it is reported as a leak, with the borrower's stack; 0: never. @defaultValue 0 */
  readonly leakThresholdMs?: number;
  /** How long a waiter is left to take a returned resource before one is created for it. @defaultValue 0 */
  readonly dialDelayMs?: number;
  /** Which idle resource is lent first: the last one returned, or the one idle longest. @defaultValue 'lifo' */
  readonly order?: 'lifo' | 'fifo';
}

/** Checked options with every default filled in. */
export type PoolSettings = Required<PoolOptions>;

/** The sizes of a pool, which {@link Pool.resize} changes. */
export interface PoolLimits {
  max: number;
  minIdle: number;
  maxIdle: number;
}

/**
 * Fills in the defaults and checks every value.
 *
 * @throws ERR_POOL_INVALID_OPTION
 */
export function poolSettings(options: PoolOptions = {}): PoolSettings {
  object('options', options);
  const { max = 10, order = 'lifo', adaptiveTimeout } = options;
  const { minIdle = 0, maxIdle = max, maxWaiting = 1024, maxCreating = max, maxUses = 0 } = options;
  const { acquireTimeoutMs = 5_000, createTimeoutMs = 10_000, createBackOffMs = 0, dialDelayMs = 0 } = options;
  const { idleTimeoutMs = 90_000, maxIdleTimeMs = 0, maxLifetimeMs = 1_800_000 } = options;
  const { aliveBypassMs = 0, pingIntervalMs = 0, leakThresholdMs = 0 } = options;

  wholeNumber('max', max, 1);
  wholeNumber('maxIdle', maxIdle, 0, max);
  wholeNumber('minIdle', minIdle, 0, maxIdle);
  wholeNumber('maxWaiting', maxWaiting);
  wholeNumber('maxCreating', maxCreating, 1);
  wholeNumber('maxUses', maxUses);
  const waits = { acquireTimeoutMs, createTimeoutMs, createBackOffMs, dialDelayMs };
  const ages = { idleTimeoutMs, maxIdleTimeMs, maxLifetimeMs, aliveBypassMs, pingIntervalMs, leakThresholdMs };
  for (const [name, value] of Object.entries({ ...waits, ...ages })) milliseconds(name, value);
  if (adaptiveTimeout !== undefined) checkAdaptiveTimeout(adaptiveTimeout);
  if (order !== 'lifo' && order !== 'fifo') throw invalidOption('order', order, "'lifo' or 'fifo'");

  const sizes = { max, minIdle, maxIdle, maxWaiting, maxCreating, maxUses };
  const settings = { ...sizes, adaptiveTimeout, order, ...waits, ...ages };
  noOthers(options, Object.keys(settings));
  return settings;
}
