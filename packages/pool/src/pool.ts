import type { Clock, Random } from '@millpond/contracts';
import { Drain } from './drain.ts';
import { aborted, acquireTimeout, createFailed, draining, queueFull } from './errors.ts';
import type { Factory } from './factory.ts';
import { Meter } from './meter.ts';
import type { PoolLease } from './pool-lease.ts';
import type { PoolObserver } from './pool-observer.ts';
import { milliseconds, poolSettings, wholeNumber } from './pool-options.ts';
import type { PoolOptions, PoolSettings } from './pool-options.ts';
import type { PoolStats } from './pool-stats.ts';
import { Stock } from './stock.ts';
import { systemClock } from './system-clock.ts';
import { WaiterQueue } from './waiter-queue.ts';
import { Waiter } from './waiter.ts';

/** What a pool takes from its surroundings. */
export interface PoolContext {
  /** @defaultValue the system's */
  readonly clock?: Clock;
  /** @defaultValue Math.random */
  readonly random?: Random;
  readonly observer?: PoolObserver;
}

/** How {@link Pool.acquire} is to behave. */
export interface PoolAcquireOptions {
  /** Aborting it takes the caller out of the queue; a resource that was being created for it goes to others. */
  readonly signal?: AbortSignal;
  /** How long to wait, in milliseconds; 0 is no limit. @defaultValue the pool's `acquireTimeoutMs` */
  readonly timeoutMs?: number;
}

/** How {@link Pool.drain} is to behave. */
export interface DrainOptions {
  /** How long resources that are lent may stay out, in milliseconds; 0 closes them at once. @defaultValue 30000 */
  readonly timeoutMs?: number;
}

/**
 * Lends resources that are costly to create, to one borrower at a time, and takes them back.
 *
 * A pool begins to keep `minIdle` resources ready as soon as it is made. Its owner calls {@link Pool.drain} once done.
 *
 * @example
 * ```ts
 * const pool = new Pool({ create: () => connect(), destroy: (connection) => connection.close() }, { max: 20 });
 * const rows = await pool.use((connection) => connection.query('select 1'));
 * ```
 */
export class Pool<T> implements AsyncDisposable {
  readonly #settings: PoolSettings;
  readonly #clock: Clock;
  readonly #meter: Meter;
  readonly #waiters = new WaiterQueue<T>();
  readonly #stock: Stock<T>;
  #drain: Drain | undefined;

  /** @throws ERR_POOL_INVALID_OPTION */
  constructor(factory: Factory<T>, options?: PoolOptions, context: PoolContext = {}) {
    const { clock = systemClock, random = Math.random, observer = {} } = context;
    this.#settings = poolSettings(options);
    this.#clock = clock;
    this.#meter = new Meter(observer);
    this.#stock = new Stock({
      factory,
      settings: this.#settings,
      clock,
      random,
      meter: this.#meter,
      waiters: this.#waiters,
      onCreateFailed: (error) => this.#onCreateFailed(error),
      onClosed: () => this.#proceedWithDrain(),
    });
  }

  /** A resource that is idle and valid, at once; else undefined. Never passes those who wait in {@link Pool.acquire}. */
  tryAcquire(): PoolLease<T> | undefined {
    return this.#waiters.length > 0 ? undefined : this.#stock.tryLend();
  }

  /**
   * A resource, when there is one: an idle one, one that is given back, or one that is created for the caller,
   * whichever comes first. Callers are served in the order in which they came.
   *
   * @throws ERR_POOL_CREATE_FAILED - none could be created; `cause` is the factory's error
   * @throws ERR_POOL_ACQUIRE_TIMEOUT - the error carries `stats`, and the last failure to create as its `cause`
   * @throws ERR_POOL_QUEUE_FULL - `maxWaiting` callers wait already; the error carries `stats`
   * @throws ERR_POOL_ABORTED - `signal` was aborted; `cause` is its reason
   * @throws ERR_POOL_DRAINING - the pool is closed or closing
   * @throws ERR_POOL_INVALID_OPTION
   */
  async acquire(options: PoolAcquireOptions = {}): Promise<PoolLease<T>> {
    const { signal, timeoutMs = this.#settings.acquireTimeoutMs } = options;
    milliseconds('timeoutMs', timeoutMs);
    if (this.#drain !== undefined) throw draining();
    if (signal?.aborted === true) throw aborted(signal.reason);
    const lease = this.tryAcquire();
    if (lease !== undefined) return lease;

    const { maxWaiting } = this.#settings;
    if (this.#waiters.length >= maxWaiting + this.#stock.inSight) {
      throw queueFull(maxWaiting, this.stats(), this.#meter.lastFailure);
    }
    return this.#wait(signal, timeoutMs);
  }

  /**
   * Acquires a resource, passes it to `fn` and gives it back when `fn` is done. If `fn` fails the resource is closed,
   * since nobody knows what state it was left in.
   *
   * @throws what `fn` throws, and what {@link Pool.acquire} does
   */
  async use<R>(fn: (resource: T) => R | Promise<R>, options?: PoolAcquireOptions): Promise<R> {
    const lease = await this.acquire(options);
    try {
      const result = await fn(lease.value);
      lease.release();
      return result;
    } catch (error) {
      lease.destroy(error);
      throw error;
    }
  }

  /**
   * Creates resources until `count` are idle, as far as `maxIdle` and `max` allow; resolves when they are.
   *
   * @param count - @defaultValue `minIdle`
   * @throws ERR_POOL_CREATE_FAILED - one could not be created; the others stay
   * @throws ERR_POOL_DRAINING, ERR_POOL_INVALID_OPTION
   */
  async warm(count = this.#settings.minIdle): Promise<void> {
    wholeNumber('count', count);
    if (this.#drain !== undefined) throw draining();
    await this.#stock.warm(Math.min(count, this.#settings.maxIdle));
  }

  /** Closes the resources that `match` (default: all): idle ones at once, lent ones when they are given back. */
  evict(match: (resource: T) => boolean = () => true): void {
    this.#stock.evict(match);
  }

  /**
   * Closes the pool for good. From now on nobody new is served; those who wait already still are; idle resources are
   * closed, lent ones when they are given back. At the deadline the rest is cut off: waiters are refused, creations
   * aborted, and lent resources closed under their holders.
   *
   * Resolves when all is closed, at the deadline at the latest; what the factory still has to do to close goes on after
   * that. May be called again, to bring the deadline forward.
   *
   * @throws ERR_POOL_INVALID_OPTION
   */
  async drain({ timeoutMs = 30_000 }: DrainOptions = {}): Promise<void> {
    milliseconds('timeoutMs', timeoutMs);
    this.#drain ??= new Drain(this.#clock, () => this.#cutOff());
    if (timeoutMs === 0) this.#cutOff();
    else this.#drain.limitTo(timeoutMs);
    this.#proceedWithDrain();
    return this.#drain.done;
  }

  /** The pool at this moment, and what it has done so far. */
  stats(): PoolStats {
    return this.#meter.stats({ ...this.#stock.levels(), pending: this.#waiters.length });
  }

  /** {@link Pool.drain} with its default deadline. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.drain();
  }

  #wait(signal: AbortSignal | undefined, timeoutMs: number): Promise<PoolLease<T>> {
    return new Promise((resolve, reject) => {
      const waiter = new Waiter<T>({
        clock: this.#clock,
        signal,
        timeoutMs,
        dialDelayMs: this.#settings.dialDelayMs,
        onServed: (slot, waitMs) => {
          this.#meter.waitEnded(waitMs, true);
          resolve(this.#stock.lend(slot));
        },
        onRefused: (error, waitMs) => {
          this.#meter.waitEnded(waitMs, false);
          reject(error);
        },
        onTimeout: () => {
          this.#meter.timedOut();
          this.#refuse(waiter, acquireTimeout(timeoutMs, this.stats(), this.#meter.lastFailure));
        },
        onAbort: () => this.#refuse(waiter, aborted(signal?.reason)),
        onRipe: () => {
          this.#waiters.ripen(waiter);
          this.#stock.provide();
        },
      });
      this.#waiters.add(waiter);
      this.#stock.provide();
    });
  }

  #refuse(waiter: Waiter<T>, error: unknown): void {
    this.#waiters.remove(waiter);
    waiter.reject(error);
    this.#stock.trim();
    this.#proceedWithDrain();
  }

  /** The one who has waited longest gets the error, unless something else is on its way to everybody. */
  #onCreateFailed(error: unknown): void {
    const { first } = this.#waiters;
    if (first !== undefined && this.#stock.unprovided > 0) this.#refuse(first, createFailed(error));
    this.#proceedWithDrain();
  }

  #proceedWithDrain(): void {
    if (this.#drain === undefined) return;
    this.#stock.windDown();
    if (this.#stock.isEmpty && this.#waiters.length === 0) this.#drain.finish();
  }

  #cutOff(): void {
    for (let { first } = this.#waiters; first !== undefined; first = this.#waiters.first) {
      this.#refuse(first, draining());
    }
    this.#stock.cutOff();
    this.#drain?.finish();
  }
}
