import type { Clock } from '@millpond/contracts';
import { checkAcquireOptions } from './acquire-options.ts';
import type { PoolAcquireOptions } from './acquire-options.ts';
import { AdaptiveTimeout } from './adaptive-timeout.ts';
import { aborted, acquireTimeout, createFailed, draining, queueFull } from './errors.ts';
import { captureBorrower } from './leak-watch.ts';
import type { Borrower } from './leak-watch.ts';
import type { Meter } from './meter.ts';
import type { PoolLease } from './pool-lease.ts';
import type { PoolSettings } from './pool-options.ts';
import type { PoolStats } from './pool-stats.ts';
import type { Slot } from './slot.ts';
import type { Stock } from './stock.ts';
import type { WaiterQueue } from './waiter-queue.ts';
import type { WaitRequest } from './waiter.ts';
import { WaitingRoom } from './waiting-room.ts';

/** What a {@link Reception} works with. */
export interface ReceptionOptions<T> {
  readonly settings: PoolSettings;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly waiters: WaiterQueue<T>;
  readonly stock: Stock<T>;
  readonly stats: () => PoolStats;
  /** Somebody who waited was refused. */
  readonly onRefused: () => void;
}

/** Where callers come: lends what is there, and has the others wait, as far as there is room to. */
export class Reception<T> {
  readonly #options: ReceptionOptions<T>;
  readonly #room: WaitingRoom<T>;
  readonly #adaptiveTimeout: AdaptiveTimeout | undefined;
  readonly #findsLeaks: boolean;
  #isClosed = false;

  constructor(options: ReceptionOptions<T>) {
    const { settings, clock, waiters, stock, onRefused } = options;
    const { acquireTimeoutMs, adaptiveTimeout, dialDelayMs, leakThresholdMs } = settings;
    this.#options = options;
    this.#findsLeaks = leakThresholdMs > 0;
    if (adaptiveTimeout !== undefined) this.#adaptiveTimeout = new AdaptiveTimeout(adaptiveTimeout, acquireTimeoutMs);
    this.#room = new WaitingRoom({
      queue: waiters,
      clock,
      dialDelayMs,
      onEnded: (waitMs, isServed) => this.#onWaitEnded(waitMs, isServed),
      onTimeout: (timeoutMs) => this.#onTimeout(timeoutMs),
      giveBack: (slot) => stock.giveBack(slot),
      onRefused: () => {
        stock.trim();
        onRefused();
      },
      onRipe: () => stock.provide(),
    });
  }

  /** See {@link Pool.tryAcquire}. */
  tryAcquire(): PoolLease<T> | undefined {
    return this.#tryAcquire(this.#findsLeaks ? captureBorrower() : undefined);
  }

  /** See {@link Pool.acquire}. */
  acquire(options: PoolAcquireOptions): Promise<PoolLease<T>> {
    // Not an async function: one that returns the promise of another costs three turns of the microtask queue.
    const borrower = this.#findsLeaks ? captureBorrower() : undefined;
    const { stock } = this.#options;
    try {
      this.#admit(options);
      const lease = this.#tryAcquire(borrower);
      if (lease !== undefined) return Promise.resolve(lease);
      this.#admitToQueue(1);
    } catch (error) {
      return Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      this.#wait(1, options, ([slot]) => slot && resolve(stock.lend(slot, borrower)), reject);
    });
  }

  /** See {@link Pool.acquireMany}; `count` is no more than `max`. */
  async acquireMany(count: number, options: PoolAcquireOptions): Promise<PoolLease<T>[]> {
    const borrower = this.#findsLeaks ? captureBorrower() : undefined;
    const { stock } = this.#options;
    this.#admit(options);
    this.#admitToQueue(count);
    return new Promise((resolve, reject) => {
      this.#wait(count, options, (slots) => resolve(slots.map((slot) => stock.lend(slot, borrower))), reject);
    });
  }

  /** Turns newcomers away from now on. */
  close(): void {
    this.#isClosed = true;
  }

  /** Sends everybody away who waits and for whom `reason` gives an error. */
  refuseAll(reason: (request: WaitRequest<T>) => unknown): void {
    this.#room.refuseAll(reason);
  }

  /**
   * A creation has failed: whoever would be served next gets the error, unless something else is on its way to everybody;
   * or everybody does, if there is nothing to wait for.
   */
  createFailed(error: unknown): void {
    const { waiters, stock } = this.#options;
    const { first } = waiters;
    if (first !== undefined && stock.unprovided > 0) this.#room.refuse(first, createFailed(error));
    if (stock.isRefused && !waiters.isSuspended) this.#room.refuseAll(() => createFailed(error));
  }

  #tryAcquire(borrower: Borrower | undefined): PoolLease<T> | undefined {
    const { waiters, stock } = this.#options;
    return waiters.callers > 0 || waiters.isSuspended ? undefined : stock.tryLend(borrower);
  }

  #admit(options: PoolAcquireOptions): void {
    checkAcquireOptions(options);
    if (this.#isClosed) throw draining();
    if (options.signal?.aborted === true) throw aborted(options.signal.reason);
  }

  #admitToQueue(count: number): void {
    const { settings, waiters, stock, meter, stats } = this.#options;
    if (stock.isRefused && !waiters.isSuspended) throw createFailed(meter.lastFailure);
    const { inSight } = stock;
    // Those who get what is in sight do not wait for others.
    if (waiters.places + count <= inSight || Math.max(waiters.callers - inSight, 0) < settings.maxWaiting) return;
    throw queueFull(settings.maxWaiting, stats(), meter.lastFailure);
  }

  #wait(
    count: number,
    { signal, timeoutMs, priority = 0 }: PoolAcquireOptions,
    onServed: (slots: readonly Slot<T>[]) => void,
    onRefused: (error: unknown) => void,
  ): void {
    const { settings, stock } = this.#options;
    const limitMs = timeoutMs ?? this.#adaptiveTimeout?.timeoutMs ?? settings.acquireTimeoutMs;
    this.#room.join({ count, priority, timeoutMs: limitMs, signal, onServed, onRefused });
    stock.noteDemand();
    stock.provide();
  }

  #onWaitEnded(waitMs: number, isServed: boolean): void {
    this.#options.meter.waitEnded(waitMs, isServed);
    if (isServed) this.#adaptiveTimeout?.observe(waitMs);
  }

  #onTimeout(timeoutMs: number): unknown {
    const { meter, stats } = this.#options;
    meter.timedOut();
    this.#adaptiveTimeout?.observe(timeoutMs);
    return acquireTimeout(timeoutMs, stats(), meter.lastFailure);
  }
}
