import type { Clock, CloseReason, Random } from '@millpond/contracts';
import { Closer } from './closer.ts';
import { Creator } from './creator.ts';
import { Engine } from './engine.ts';
import { aborted, createFailed, diedAtBirth, draining } from './errors.ts';
import { Expiry } from './expiry.ts';
import type { Factory } from './factory.ts';
import { Loan } from './loan.ts';
import type { Meter, PoolLevels } from './meter.ts';
import { Minimum } from './minimum.ts';
import type { LeaseKeeper, PoolLease, ReplaceOptions } from './pool-lease.ts';
import type { PoolSettings } from './pool-options.ts';
import { Slot } from './slot.ts';
import type { Resource } from './slot.ts';
import { Validator } from './validator.ts';
import type { WaiterQueue } from './waiter-queue.ts';

/** What a {@link Stock} works with. */
export interface StockOptions<T> {
  readonly factory: Factory<T>;
  readonly settings: PoolSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly meter: Meter;
  readonly waiters: WaiterQueue<T>;
  /** A creation has failed that waiters may have counted on. */
  readonly onCreateFailed: (error: unknown) => void;
  /** A slot or a resource is gone. */
  readonly onClosed: () => void;
}

/** The resources of a pool, from their creation through their loans to their end. */
export class Stock<T> implements LeaseKeeper<T> {
  readonly #options: StockOptions<T>;
  readonly #engine: Engine<T>;
  /** Creates for the waiters and for `minIdle`. */
  readonly #creator: Creator<T>;
  /** Creates for holders of a lease, who have their place already. */
  readonly #replacer: Creator<T>;
  readonly #validator: Validator<T> | undefined;
  readonly #expiry: Expiry<T>;
  readonly #minimum: Minimum<T>;
  readonly #closer: Closer<T>;
  #isClosing = false;

  constructor(options: StockOptions<T>) {
    const { factory, settings, clock, random, meter, waiters } = options;
    this.#options = options;
    this.#closer = new Closer(factory, clock, meter, () => options.onClosed());
    const making = { factory, settings, clock, random, meter, closer: this.#closer };
    this.#creator = new Creator(making);
    this.#replacer = new Creator(making);
    const onInvalid = (slot: Slot<T>) => this.#retire(slot, 'invalid');
    const validator = factory.validate && new Validator(factory, clock, settings.createTimeoutMs, onInvalid);
    this.#validator = validator;
    this.#engine = new Engine({
      max: settings.max,
      order: settings.order,
      waiters,
      create: () => this.#create(),
      close: (slot, reason) => this.#close(slot, reason),
      validate: validator && ((slot) => validator.validate(slot)),
      onIdle: (slot) => this.#onIdle(slot),
      onCreateFailed: (error) => {
        this.#minimum.failed();
        options.onCreateFailed(error);
      },
    });
    this.#expiry = new Expiry(this.#engine, clock, settings);
    this.#minimum = new Minimum({ engine: this.#engine, waiters, minIdle: settings.minIdle, clock, random });
    this.#minimum.keep();
  }

  /** Resources that waiters may count on: those they are about to get, and those that may still be created. */
  get inSight(): number {
    const { coming, idle, spare } = this.#engine;
    return coming + idle.length + spare;
  }

  /** Waiters that nothing is on its way to, though something should be. */
  get unprovided(): number {
    return this.#engine.unprovided;
  }

  /** Whether nothing is there or on its way, and the factory has nothing left to close. */
  get isEmpty(): boolean {
    return this.#engine.slots.size === 0 && this.#engine.creations.size === 0 && !this.#closer.isBusy;
  }

  levels(): Omit<PoolLevels, 'pending'> {
    const { max, minIdle } = this.#options.settings;
    const { slots, lent, creations } = this.#engine;
    return { size: slots.size, active: lent, creating: creations.size, max, minIdle };
  }

  /** Lends what is idle and can be validated at once. */
  tryLend(): PoolLease<T> | undefined {
    for (;;) {
      const slot = this.#engine.take();
      if (slot === undefined) return undefined;
      const isValid = this.#validator === undefined || this.#validator.check(slot);
      if (isValid === true) return this.lend(slot);
      if (isValid !== false) {
        this.#engine.release(slot);
        return undefined;
      }
      this.#engine.destroy(slot, 'invalid');
    }
  }

  /** Lends a slot that the engine has handed out. */
  lend(slot: Slot<T>): PoolLease<T> {
    const lease = new Loan(slot, this);
    this.#options.meter.lent(lease.reused);
    this.#minimum.keep();
    return lease;
  }

  release(slot: Slot<T>): void {
    const now = this.#options.clock.now();
    slot.holder = undefined;
    if (slot.resource.expiresAt <= now) slot.retirement ??= 'lifetime';
    if (slot.retirement === undefined) {
      slot.idleSince = now;
      this.#engine.release(slot);
    } else {
      this.#engine.destroy(slot, slot.retirement);
    }
  }

  destroy(slot: Slot<T>, cause: unknown): void {
    slot.holder = undefined;
    slot.cause = cause;
    this.#engine.destroy(slot, 'error');
  }

  async replace(slot: Slot<T>, { signal }: ReplaceOptions = {}): Promise<PoolLease<T>> {
    const claim = {};
    slot.holder = claim;
    void this.#closer.close(slot.resource, slot.resource.dead ? 'died' : 'error');
    try {
      const resource = await this.#replacer.create(signal);
      if (slot.holder === claim) {
        this.#adopt(slot, resource);
        return this.lend(slot);
      }
      void this.#closer.close(resource, 'drain');
    } catch (error) {
      if (slot.holder === claim) {
        slot.holder = undefined;
        this.#engine.destroy(slot, 'error');
        throw signal?.aborted === true ? aborted(signal.reason) : createFailed(error);
      }
    }
    throw draining();
  }

  /** Gives the waiters what is there, and creates what they lack. */
  provide(): void {
    this.#engine.dispense();
  }

  /** Creates until `count` are idle; resolves when they are. @throws ERR_POOL_CREATE_FAILED */
  warm(count: number): Promise<void> {
    return this.#minimum.warm(count);
  }

  /** Closes idle resources that neither a waiter nor `maxIdle` has a use for, the coldest first. */
  trim(): void {
    const { idle } = this.#engine;
    const limit = this.#isClosing ? 0 : this.#options.settings.maxIdle;
    while (idle.length - this.#options.waiters.length > limit) {
      const { coldest } = idle;
      if (coldest === undefined) return;
      this.#engine.remove(coldest, this.#isClosing ? 'drain' : 'excess');
    }
  }

  /** Closes what matches: idle resources at once, others as soon as they are given back. */
  evict(match: (resource: T) => boolean): void {
    for (const slot of this.#engine.slots) {
      if (!slot.resource.isClosed && match(slot.resource.value)) this.#retire(slot, 'evicted');
    }
  }

  /** From now on keeps and creates only what waiters need. May be called again, when they have become fewer. */
  windDown(): void {
    this.#isClosing = true;
    this.#minimum.stop();
    this.#expiry.stop();
    this.trim();
    if (this.#options.waiters.length === 0) this.#creator.abortAll(draining());
  }

  /** Closes everything, under its holders too. Nobody waits any more. */
  cutOff(): void {
    this.windDown();
    this.#replacer.abortAll(draining());
    for (const slot of this.#engine.slots) {
      if (slot.holder === undefined) {
        this.#retire(slot, 'drain');
      } else {
        slot.holder = undefined;
        this.#engine.destroy(slot, 'drain');
      }
    }
  }

  async #create(): Promise<Slot<T>> {
    const resource = await this.#creator.create();
    const slot = new Slot(resource);
    this.#adopt(slot, resource);
    if (!resource.dead) return slot;
    void this.#closer.close(resource, 'died');
    throw diedAtBirth();
  }

  #adopt(slot: Slot<T>, resource: Resource<T>): void {
    slot.resource = resource;
    slot.retirement = undefined;
    resource.onDeath = () => {
      // One that dies before anyone used it counts as a failure, or it would be replaced again and again.
      if (!resource.used) this.#minimum.failed();
      this.#retire(slot, 'died');
    };
  }

  #onIdle(slot: Slot<T>): void {
    if (slot.retirement !== undefined) {
      this.#engine.remove(slot, slot.retirement);
      return;
    }
    if (this.#options.waiters.length === 0) slot.isNew = false;
    if (!this.#isClosing) this.#expiry.watch(slot);
    this.trim();
    this.#minimum.keep();
  }

  /** Closes a slot now if it is idle, otherwise as soon as it comes back. */
  #retire(slot: Slot<T>, reason: CloseReason): void {
    slot.retirement ??= reason;
    this.#engine.remove(slot, reason);
  }

  async #close(slot: Slot<T>, reason: CloseReason): Promise<void> {
    const closed = this.#closer.close(slot.resource, reason, slot.cause);
    this.#minimum.keep();
    await closed;
    this.#options.onClosed();
  }
}
