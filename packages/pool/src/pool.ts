import type { Clock } from '@millpond/contracts';
import type { PoolAcquireOptions } from './acquire-options.ts';
import { AcquireTracing } from './acquire-tracing.ts';
import { Drain } from './drain.ts';
import type { DrainOptions } from './drain.ts';
import { draining, invalidOption } from './errors.ts';
import { checkFactory } from './factory.ts';
import type { Factory } from './factory.ts';
import { LeakWatch } from './leak-watch.ts';
import { Meter } from './meter.ts';
import { callable, milliseconds, noOthers, object, wholeNumber } from './option-checks.ts';
import { checkContext } from './pool-context.ts';
import type { PoolContext } from './pool-context.ts';
import type { PoolLease } from './pool-lease.ts';
import type { LeakReport } from './pool-observer.ts';
import { poolSettings } from './pool-options.ts';
import type { PoolLimits, PoolOptions } from './pool-options.ts';
import type { PoolStats } from './pool-stats.ts';
import { Reception } from './reception.ts';
import { Stock } from './stock.ts';
import { systemClock } from './system-clock.ts';
import { WaiterQueue } from './waiter-queue.ts';

// Above 250 lines, most of which are the documentation of what is public.

/**
 * Lends resources that are costly to create, to one borrower at a time, and takes them back.
 *
 * A pool begins to keep `minIdle` resources ready as soon as it is made. Its owner calls {@link Pool.drain} once done.
 *
 * The file is longer than ours are meant to be: a third of it says what its methods do.
 *
 * @example
 * ```ts
 * const pool = new Pool({ create: () => connect(), destroy: (connection) => connection.close() }, { max: 20 });
 * const rows = await pool.use((connection) => connection.query('select 1'));
 * ```
 */
export class Pool<T> implements AsyncDisposable {
  readonly #limits: PoolLimits;
  #isMaxIdleGiven: boolean;
  readonly #clock: Clock;
  readonly #meter: Meter;
  readonly #tracing: AcquireTracing;
  readonly #waiters = new WaiterQueue<T>();
  readonly #stock: Stock<T>;
  readonly #reception: Reception<T>;
  #drain: Drain | undefined;

  /** @throws ERR_POOL_INVALID_OPTION */
  constructor(factory: Factory<T>, options: PoolOptions = {}, context: PoolContext = {}) {
    checkFactory(factory);
    checkContext(context);
    const { name = 'pool', clock = systemClock, random = Math.random, observer = {} } = context;
    const settings = poolSettings(options);
    const { max, minIdle, maxIdle, leakThresholdMs } = settings;
    this.#limits = { max, minIdle, maxIdle };
    this.#isMaxIdleGiven = options.maxIdle !== undefined;
    this.#clock = clock;
    const meter = new Meter(name, observer);
    this.#meter = meter;
    this.#tracing = new AcquireTracing(name);
    const waiters = this.#waiters;
    const report = (leak: LeakReport) => meter.leaked(leak);
    this.#stock = new Stock({
      factory,
      settings,
      limits: this.#limits,
      leaks: leakThresholdMs === 0 ? undefined : new LeakWatch(clock, leakThresholdMs, report),
      clock,
      random,
      meter,
      waiters,
      onCreateFailed: (error) => {
        this.#reception.createFailed(error);
        this.#proceedWithDrain();
      },
      onClosed: () => this.#onClosed(),
    });
    this.#reception = new Reception({
      settings,
      clock,
      meter,
      waiters,
      stock: this.#stock,
      stats: () => this.stats(),
      onRefused: () => this.#proceedWithDrain(),
    });
  }

  /** A resource that is idle and valid, at once; else undefined. Never passes those who wait in {@link Pool.acquire}. */
  tryAcquire(): PoolLease<T> | undefined {
    return this.#reception.tryAcquire();
  }

  /**
   * A resource, when there is one: an idle one, one that is given back, or one that is created for the caller, whichever
   * comes first. Callers of one priority are served in the order in which they came.
   *
   * @throws ERR_POOL_CREATE_FAILED - none could be created; `cause` is the factory's error
   * @throws ERR_POOL_ACQUIRE_TIMEOUT - the error carries `stats`, and the last failure to create as its `cause`
   * @throws ERR_POOL_QUEUE_FULL - `maxWaiting` callers wait already; the error carries `stats`
   * @throws ERR_POOL_ABORTED - `signal` was aborted; `cause` is its reason
   * @throws ERR_POOL_DRAINING - the pool is closed or closing
   * @throws ERR_POOL_INVALID_OPTION
   */
  acquire(options: PoolAcquireOptions = {}): Promise<PoolLease<T>> {
    // Asked here, so that nobody pays for a closure while nobody listens.
    if (this.#tracing.isOn) return this.#tracing.trace(1, options, () => this.#reception.acquire(options));
    return this.#reception.acquire(options);
  }

  /**
   * As many resources, all of them or none: for work that needs several at once. The caller counts as one in the queue,
   * and gets nothing before there is everything, so that several of them never wait for each other.
   *
   * @param count - from 1 to `max`
   * @throws what {@link Pool.acquire} does
   */
  async acquireMany(count: number, options: PoolAcquireOptions = {}): Promise<PoolLease<T>[]> {
    wholeNumber('count', count, 1, this.#limits.max);
    const acquire = () => this.#reception.acquireMany(count, options);
    return this.#tracing.isOn ? this.#tracing.trace(count, options, acquire) : acquire();
  }

  /**
   * Acquires a resource, passes it to `fn` and gives it back when `fn` is done. If `fn` fails the resource is closed,
   * since nobody knows what state it was left in.
   *
   * @throws what `fn` throws, and what {@link Pool.acquire} does
   */
  async use<R>(fn: (resource: T) => R | Promise<R>, options?: PoolAcquireOptions): Promise<R> {
    callable('fn', fn);
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
  async warm(count = this.#limits.minIdle): Promise<void> {
    wholeNumber('count', count);
    if (this.#drain !== undefined) throw draining();
    await this.#stock.warm(count);
  }

  /**
   * Sends everybody away who waits now: their calls reject with `error`. For a caller of many who can serve them elsewhere.
   *
   * @throws ERR_POOL_INVALID_OPTION - there is no `error` to reject with
   */
  turnAway(error: unknown): void {
    if (error === undefined) throw invalidOption('error', error, 'given');
    this.#reception.refuseAll(() => error);
  }

  /** Whether as many resources as `max` allows are there, or being created: who comes now waits until one comes back. */
  get isFull(): boolean {
    const { size, creating, max } = this.#stock.levels();
    return size + creating >= max;
  }

  /**
   * Closes the resources that `match` (default: all): idle ones at once, lent ones when they are given back.
   *
   * @throws ERR_POOL_INVALID_OPTION
   */
  evict(match: (resource: T) => boolean = () => true): void {
    callable('match', match);
    this.#stock.evict(match);
  }

  /**
   * Changes the sizes; what is left out stays, but for a `maxIdle` that was never given, which is always `max`. If there
   * are too many resources now, idle ones are closed at once, lent ones when they are given back. Callers of
   * {@link Pool.acquireMany} that wait for more than `max` are refused.
   *
   * @throws ERR_POOL_INVALID_OPTION - and nothing has changed
   */
  resize(sizes: Partial<PoolLimits>): void {
    object('sizes', sizes);
    noOthers(sizes, Object.keys(this.#limits));
    const { max = this.#limits.max, minIdle = this.#limits.minIdle } = sizes;
    const maxIdle = sizes.maxIdle ?? (this.#isMaxIdleGiven ? this.#limits.maxIdle : max);
    poolSettings({ max, minIdle, maxIdle });
    const isLess = max < this.#limits.max;
    this.#isMaxIdleGiven ||= sizes.maxIdle !== undefined;
    Object.assign(this.#limits, { max, minIdle, maxIdle });
    if (isLess) {
      this.#reception.refuseAll(({ count }) =>
        count > max ? invalidOption('count', count, `${max} or less`) : undefined,
      );
    }
    this.#stock.resized();
  }

  /**
   * Lends nothing from now on: `tryAcquire` gives undefined, callers of `acquire` wait. What is lent can be given back.
   * For a server that is about to be replaced: suspend, {@link Pool.evict}, {@link Pool.resume}.
   */
  suspend(): void {
    if (this.#drain === undefined) this.#waiters.isSuspended = true;
  }

  /** Ends {@link Pool.suspend}. */
  resume(): void {
    this.#waiters.isSuspended = false;
    this.#stock.resumed();
  }

  get isSuspended(): boolean {
    return this.#waiters.isSuspended;
  }

  /** Whether {@link Pool.drain} was called. */
  get isDraining(): boolean {
    return this.#drain !== undefined;
  }

  /**
   * Closes up to `count` idle resources, the coldest first, but none that `minIdle` or a caller needs.
   *
   * @returns how many
   * @throws ERR_POOL_INVALID_OPTION
   */
  shrink(count: number): number {
    wholeNumber('count', count);
    return this.#stock.shrink(count);
  }

  /** The most resources that were wanted at once, lent or waited for, since this was last called. For whoever sizes the pool. */
  takePeak(): number {
    return this.#stock.takePeak();
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
  async drain(options: DrainOptions = {}): Promise<void> {
    object('options', options);
    const { timeoutMs = 30_000 } = options;
    noOthers(options, ['timeoutMs']);
    milliseconds('timeoutMs', timeoutMs);
    this.#drain ??= new Drain(this.#clock, () => this.#cutOff());
    this.#reception.close();
    this.#waiters.isSuspended = false;
    if (timeoutMs === 0) this.#cutOff();
    else this.#drain.limitTo(timeoutMs);
    this.#proceedWithDrain();
    return this.#drain.done;
  }

  /** The pool at this moment, and what it has done so far. */
  stats(): PoolStats {
    return this.#meter.stats({ ...this.#stock.levels(), pending: this.#waiters.callers });
  }

  /** {@link Pool.drain} with its default deadline. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.drain();
  }

  #onClosed(): void {
    // Not at once: whoever closes one has not finished with it.
    if (this.#drain !== undefined) queueMicrotask(() => this.#proceedWithDrain());
  }

  #proceedWithDrain(): void {
    if (this.#drain === undefined) return;
    this.#stock.windDown();
    if (this.#stock.isEmpty && this.#waiters.callers === 0) this.#drain.finish();
  }

  #cutOff(): void {
    this.#reception.refuseAll(() => draining());
    this.#stock.cutOff();
    this.#drain?.finish();
  }
}
