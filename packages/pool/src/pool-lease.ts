import type { Slot } from './slot.ts';

/** A borrowed resource. The holder gives it back once, by `release`, `destroy` or `replace`; further calls do nothing. */
export interface PoolLease<T> extends AsyncDisposable {
  /** The resource. Not to be touched once the lease has ended. */
  readonly value: T;
  /** Whether the resource was lent before. */
  readonly reused: boolean;
  /** Gives the resource back, for others to use. `await using` (Node 24, or a compiler) does the same at the end. */
  release(): void;
  /** Gives the resource back to be closed, because it is broken. @param cause - why; passed to the observer */
  destroy(cause?: unknown): void;
  /**
   * Closes this resource and creates another in its place, without queueing. This lease ends at once, the promise gives
   * a new one. If it rejects, the place is free for others.
   *
   * @throws ERR_POOL_CREATE_FAILED - `cause` is the factory's error
   * @throws ERR_POOL_ABORTED - `signal` was aborted; `cause` is its reason
   * @throws ERR_POOL_LEASE_ENDED - this lease had ended before
   * @throws ERR_POOL_DRAINING - the pool was closed meanwhile
   * @throws ERR_POOL_INVALID_OPTION - and this lease goes on
   */
  replace(options?: ReplaceOptions): Promise<PoolLease<T>>;
}

/** How {@link PoolLease.replace} is to behave. */
export interface ReplaceOptions {
  /** Aborting it calls the creation off. */
  readonly signal?: AbortSignal;
}

/** What a lease asks of its pool. */
export interface LeaseKeeper<T> {
  release(slot: Slot<T>): void;
  destroy(slot: Slot<T>, cause: unknown): void;
  replace(slot: Slot<T>, options: ReplaceOptions | undefined): Promise<PoolLease<T>>;
}
