import { leaseEnded } from './errors.ts';
import type { LeaseKeeper, PoolLease, ReplaceOptions } from './pool-lease.ts';
import type { Slot } from './slot.ts';

/** A lease: good for as long as it is its slot's holder, which the pool can end too. */
export class Loan<T> implements PoolLease<T> {
  readonly value: T;
  readonly reused: boolean;
  readonly #slot: Slot<T>;
  readonly #keeper: LeaseKeeper<T>;

  constructor(slot: Slot<T>, keeper: LeaseKeeper<T>) {
    const { resource } = slot;
    this.value = resource.value;
    this.reused = resource.uses > 0;
    this.#slot = slot;
    this.#keeper = keeper;
    resource.uses += 1;
    slot.isNew = false;
    slot.holder = this;
  }

  release(): void {
    if (this.#slot.holder === this) this.#keeper.release(this.#slot);
  }

  destroy(cause?: unknown): void {
    if (this.#slot.holder === this) this.#keeper.destroy(this.#slot, cause);
  }

  async replace(options?: ReplaceOptions): Promise<PoolLease<T>> {
    if (this.#slot.holder !== this) throw leaseEnded();
    return this.#keeper.replace(this.#slot, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
  }
}
