import type { Clock, Random } from '@millpond/contracts';
import type { Engine } from './engine.ts';
import { Expiry } from './expiry.ts';
import type { Factory } from './factory.ts';
import { Minimum } from './minimum.ts';
import { Pinger } from './pinger.ts';
import type { PoolLimits, PoolSettings } from './pool-options.ts';
import type { Slot } from './slot.ts';
import type { WaiterQueue } from './waiter-queue.ts';

/** What an {@link Upkeep} works with. */
export interface UpkeepOptions<T> {
  readonly engine: Engine<T>;
  readonly factory: Factory<T>;
  readonly waiters: WaiterQueue<T>;
  readonly settings: PoolSettings;
  /** Read anew whenever it matters, since they change. */
  readonly limits: Readonly<PoolLimits>;
  readonly clock: Clock;
  readonly random: Random;
}

/** Sees to it that there are neither too many idle resources nor too few, and that those there are stay alive. */
export class Upkeep<T> {
  readonly #options: UpkeepOptions<T>;
  readonly #expiry: Expiry<T>;
  readonly #pinger: Pinger<T> | undefined;
  readonly #minimum: Minimum<T>;
  #isStopped = false;

  constructor(options: UpkeepOptions<T>) {
    const { engine, factory, waiters, settings, limits, clock, random } = options;
    const { maxCreating, createTimeoutMs: timeoutMs, pingIntervalMs: intervalMs } = settings;
    this.#options = options;
    this.#expiry = new Expiry(engine, clock, limits, settings);
    if (factory.ping !== undefined && intervalMs > 0) {
      const ping = factory.ping.bind(factory);
      this.#pinger = new Pinger({ ping, engine, clock, random, intervalMs, timeoutMs });
    }
    this.#minimum = new Minimum({ engine, waiters, limits, maxCreating, clock, random });
  }

  /** Creates what `minIdle` lacks. To be called whenever an idle resource has come or may have gone. */
  keepMinimum(): void {
    this.#minimum.keep();
  }

  /** A resource could not be created, or was of no use. */
  failed(): void {
    this.#minimum.failed();
  }

  /** Creates until `count` are idle; resolves when they are. @throws ERR_POOL_CREATE_FAILED, ERR_POOL_DRAINING */
  warm(count: number): Promise<void> {
    return this.#minimum.warm(count);
  }

  /** A slot has become idle. */
  onIdle(slot: Slot<T>): void {
    if (!this.#isStopped) {
      this.#expiry.watch(slot);
      this.#pinger?.watch(slot);
    }
    this.trim();
    this.#minimum.keep();
  }

  /** Closes idle resources that there is no room or no use for, the coldest first. */
  trim(): void {
    const { engine, limits, waiters } = this.#options;
    const { idle } = engine;
    const limit = this.#isStopped ? 0 : limits.maxIdle;
    while (idle.length - waiters.places > limit || engine.spare < 0) {
      const { coldest } = idle;
      if (coldest === undefined) return;
      engine.remove(coldest, this.#isStopped ? 'drain' : 'excess');
    }
  }

  /** Closes up to `count` idle resources beyond `minIdle` and what waiters need, the coldest first. @returns how many */
  shrink(count: number): number {
    const { engine, limits, waiters } = this.#options;
    const { idle } = engine;
    const closable = Math.max(Math.min(count, idle.length - limits.minIdle - waiters.places), 0);
    for (let closed = 0; closed < closable; closed += 1) {
      if (idle.coldest !== undefined) engine.remove(idle.coldest, 'idle');
    }
    return closable;
  }

  /** The limits have changed. */
  resized(): void {
    if (this.#isStopped) return;
    this.trim();
    this.#expiry.resized();
    this.#minimum.keep();
  }

  /** From now on keeps nothing idle. */
  stop(): void {
    this.#isStopped = true;
    this.#minimum.stop();
    this.#expiry.stop();
    this.#pinger?.stop();
    this.trim();
  }
}
