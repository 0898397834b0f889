import type { Clock, Random } from '@millpond/contracts';
import { BackOff } from './back-off.ts';
import type { Engine } from './engine.ts';
import { createFailed, draining } from './errors.ts';
import type { PoolLimits } from './pool-options.ts';
import type { WaiterQueue } from './waiter-queue.ts';

/** What a {@link Minimum} works with. */
export interface MinimumOptions<T> {
  readonly engine: Engine<T>;
  readonly waiters: WaiterQueue<T>;
  /** Read anew whenever it matters, since it changes. */
  readonly limits: Readonly<PoolLimits>;
  /** Creations that are under way at once, at most. */
  readonly maxCreating: number;
  readonly clock: Clock;
  readonly random: Random;
}

/** Creations for `minIdle` that are under way at once, at most: a server that starts, or comes back, is not stormed. */
const AT_ONCE = 16;

/** Keeps `minIdle` resources ready, a few at a time, holding back after a failure. */
export class Minimum<T> {
  readonly #options: MinimumOptions<T>;
  readonly #backOff: BackOff;
  #isKept = true;

  constructor(options: MinimumOptions<T>) {
    this.#options = options;
    this.#backOff = new BackOff(options.clock, options.random, () => this.keep());
  }

  /** Creates what is missing, unless that has just failed. To be called whenever an idle resource has come or may have gone. */
  keep(): void {
    const { limits, waiters } = this.#options;
    if (limits.minIdle === 0 || !this.#isKept || this.#backOff.isOn) return;
    // Whoever suspends a pool has its server replaced: what would be created now might still go to the old one.
    if (!waiters.isSuspended) this.#createUpTo(limits.minIdle);
  }

  /** A resource could not be created, or was of no use. */
  failed(): void {
    if (this.#options.limits.minIdle > 0 && this.#isKept) this.#backOff.failed();
  }

  /** Creates until `count` are idle, as far as `maxIdle` allows, and waits for that. @throws ERR_POOL_CREATE_FAILED, ERR_POOL_DRAINING */
  async warm(count: number): Promise<void> {
    const { engine, limits } = this.#options;
    for (;;) {
      // Looked up in each round: what is beyond `maxIdle` is closed at once, and would be created again for ever.
      this.#createUpTo(Math.min(count, limits.maxIdle));
      if (engine.creating === 0) return;
      const results = await Promise.allSettled(engine.creations());
      if (!this.#isKept) throw draining();
      for (const result of results) if (result.status === 'rejected') throw createFailed(result.reason);
    }
  }

  /** Keeps it no longer. */
  stop(): void {
    this.#isKept = false;
    this.#backOff.stop();
  }

  /** Begins to create what `count` idle resources lack, beyond what is on its way to waiters, as far as there is room. */
  #createUpTo(count: number): void {
    const { engine, waiters, maxCreating } = this.#options;
    const { size, lent, creating, spare } = engine;
    const unclaimed = Math.max(creating - waiters.places, 0);
    const room = Math.min(spare, AT_ONCE - unclaimed, maxCreating - creating);
    const missing = Math.min(count - (size - lent) - unclaimed, room);
    for (let created = 0; created < missing; created += 1) engine.create();
  }
}
