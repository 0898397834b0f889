import type { CloseReason } from '@millpond/contracts';
import { Closer } from './closer.ts';
import { CreationGate } from './creation-gate.ts';
import { Creator } from './creator.ts';
import { Engine } from './engine.ts';
import { draining } from './errors.ts';
import type { Borrower } from './leak-watch.ts';
import { Loans } from './loans.ts';
import type { PoolLevels } from './meter.ts';
import { Nursery } from './nursery.ts';
import type { PoolLease } from './pool-lease.ts';
import type { Slot } from './slot.ts';
import type { StockOptions } from './stock-options.ts';
import { Upkeep } from './upkeep.ts';
import { Validator } from './validator.ts';

/**
 * The resources of a pool, from their creation to their end.
 *
 * It is a little longer than our files are meant to be: it is where the parts that do the work meet, and little else.
 */
export class Stock<T> {
  readonly #options: StockOptions<T>;
  readonly #engine: Engine<T>;
  /** Creates for the waiters and for `minIdle`. */
  readonly #creator: Creator<T>;
  /** Creates for holders of a lease. */
  readonly #replacer: Creator<T>;
  readonly #gate: CreationGate;
  readonly #nursery: Nursery<T>;
  readonly #loans: Loans<T>;
  readonly #validator: Validator<T> | undefined;
  readonly #upkeep: Upkeep<T>;
  readonly #closer: Closer<T>;
  #isClosing = false;
  #peak = 0;

  constructor(options: StockOptions<T>) {
    const { factory, settings, limits, leaks, clock, random, meter, waiters } = options;
    const { maxCreating, maxUses, createBackOffMs: longestBackOffMs } = settings;
    this.#options = options;
    this.#closer = new Closer(factory, clock, meter, () => options.onClosed());
    const making = { factory, settings, clock, random, meter, closer: this.#closer };
    this.#creator = new Creator(making);
    this.#replacer = new Creator(making);
    const onInvalid = (slot: Slot<T>) => this.#retire(slot, 'invalid');
    const onDoubt = (slot: Slot<T>) => this.#engine.doubt(slot);
    const validator = factory.validate && new Validator({ factory, clock, settings, onInvalid, onDoubt });
    this.#validator = validator;
    this.#gate = new CreationGate({ clock, random, maxCreating, longestBackOffMs, onOpen: () => this.provide() });
    const onDeath = (slot: Slot<T>) => this.#onDeath(slot);
    const nursery = new Nursery({ creator: this.#creator, gate: this.#gate, closer: this.#closer, meter, onDeath });
    this.#nursery = nursery;
    const engine = new Engine({
      limits,
      order: settings.order,
      waiters,
      create: () => nursery.create(),
      creatable: (underWay) => this.#gate.room(underWay),
      close: (slot, reason) => this.#close(slot, reason),
      validate: validator && ((slot) => validator.validate(slot)),
      onIdle: (slot) => this.#onIdle(slot),
      onCreateFailed: (error) => this.#onCreateFailed(error),
    });
    this.#engine = engine;
    this.#loans = new Loans({
      engine,
      clock,
      meter,
      closer: this.#closer,
      replacer: this.#replacer,
      maxUses,
      leaks,
      adopt: (slot, resource) => nursery.adopt(slot, resource),
      onLent: () => this.#onLent(),
    });
    this.#upkeep = new Upkeep({ engine, factory, waiters, settings, limits, clock, random });
    this.#upkeep.keepMinimum();
  }

  /** Resources that waiters may count on: those they are about to get, and those that may still be created. */
  get inSight(): number {
    if (this.#options.waiters.isSuspended) return 0;
    const { coming, idle, held, spare } = this.#engine;
    return coming + idle.length + held + Math.max(spare, 0);
  }

  /** Waiters that nothing is on its way to, though something should be. */
  get unprovided(): number {
    return this.#engine.unprovided;
  }

  /** Whether nothing is there, and nothing is created at present because of a failure. */
  get isRefused(): boolean {
    const { size, creating } = this.#engine;
    return this.#gate.isClosed && size === 0 && creating === 0;
  }

  /** Whether nothing is there or on its way, and the factory has nothing left to close. */
  get isEmpty(): boolean {
    return this.#engine.size === 0 && this.#engine.creating === 0 && !this.#closer.isBusy;
  }

  levels(): Omit<PoolLevels, 'pending'> {
    const { limits, waiters } = this.#options;
    const { size, lent, creating } = this.#engine;
    return { size, active: lent - waiters.gathered, creating, ...limits };
  }

  /** Lends what is idle and can be validated at once. */
  tryLend(borrower: Borrower | undefined): PoolLease<T> | undefined {
    for (;;) {
      const slot = this.#engine.take();
      if (slot === undefined) return undefined;
      const isValid = this.#validator === undefined || this.#validator.check(slot);
      if (isValid === true) return this.#loans.lend(slot, borrower);
      if (isValid !== false) {
        this.#engine.untake(slot);
        return undefined;
      }
      this.#engine.destroy(slot, 'invalid');
    }
  }

  /** Lends a slot that the engine has handed out to a waiter. */
  lend(slot: Slot<T>, borrower: Borrower | undefined): PoolLease<T> {
    return this.#loans.lend(slot, borrower);
  }

  /** Takes back a slot that the engine has handed out to a waiter, who has no use for it. */
  giveBack(slot: Slot<T>): void {
    if (slot.retirement === undefined) this.#engine.release(slot);
    else this.#engine.destroy(slot, slot.retirement);
  }

  /** Somebody wants resources, or has got one: what is wanted in all may be more than ever. */
  noteDemand(): void {
    const demand = this.#engine.lent + this.#options.waiters.places;
    if (demand > this.#peak) this.#peak = demand;
  }

  /** The most resources that were wanted at once since this was last called. */
  takePeak(): number {
    const peak = this.#peak;
    this.#peak = 0;
    this.noteDemand();
    return peak;
  }

  /** Gives the waiters what is there, and creates what they lack. */
  provide(): void {
    this.#engine.dispense();
  }

  /** Does what was not done while nobody was served. */
  resumed(): void {
    this.provide();
    this.#upkeep.keepMinimum();
  }

  /** Creates until `count` are idle; resolves when they are. @throws ERR_POOL_CREATE_FAILED */
  warm(count: number): Promise<void> {
    return this.#upkeep.warm(count);
  }

  /** See {@link Upkeep.trim}. */
  trim(): void {
    this.#upkeep.trim();
  }

  /** See {@link Upkeep.shrink}. */
  shrink(count: number): number {
    return this.#upkeep.shrink(count);
  }

  /** Does what the limits ask for now. */
  resized(): void {
    this.#upkeep.resized();
    this.provide();
  }

  /** Closes what matches: idle resources at once, others as soon as they are given back. */
  evict(match: (resource: T) => boolean): void {
    for (const slot of this.#engine.slots()) {
      if (!slot.resource.isClosed && match(slot.resource.value)) this.#retire(slot, 'evicted');
    }
  }

  /** From now on keeps and creates only what waiters need. May be called again, when they have become fewer. */
  windDown(): void {
    this.#gate.stop();
    this.#upkeep.stop();
    if (!this.#isClosing) this.provide();
    this.#isClosing = true;
    if (this.#options.waiters.callers > 0) return;
    this.#creator.abortAll(draining());
    this.#validator?.giveUp();
  }

  /** Closes everything, under its holders too. Nobody waits any more. */
  cutOff(): void {
    this.windDown();
    this.#replacer.abortAll(draining());
    this.#validator?.giveUp();
    for (const slot of this.#engine.slots()) {
      if (slot.holder === undefined) {
        this.#retire(slot, 'drain');
      } else {
        this.#loans.destroy(slot, undefined, 'drain');
      }
    }
  }

  #onDeath(slot: Slot<T>): void {
    // One that dies before anyone used it counts as a failure, or it would be replaced again and again.
    if (slot.resource.uses === 0) this.#upkeep.failed();
    this.#retire(slot, 'died');
  }

  #onLent(): void {
    this.noteDemand();
    // What was kept for whoever has got this is not needed any more, if they took another one.
    this.#upkeep.trim();
    this.#upkeep.keepMinimum();
  }

  #onCreateFailed(error: unknown): void {
    this.#upkeep.failed();
    if (!this.#isClosing) this.#gate.failed();
    this.#options.onCreateFailed(error);
  }

  #onIdle(slot: Slot<T>): void {
    if (slot.retirement !== undefined) {
      this.#engine.remove(slot, slot.retirement);
      // Or its waiter would have one after the other created for it.
      if (slot.isNew && slot.resource.dead) this.#onCreateFailed(this.#nursery.diedAtBirth());
      return;
    }
    this.#upkeep.onIdle(slot);
    if (!slot.isNew) return;
    // Whom it was created for gets it now, while it is new; from then on it is one like others.
    this.#engine.serveWaiters();
    slot.isNew = false;
  }

  /** Closes a slot now if it is idle, otherwise as soon as it comes back. */
  #retire(slot: Slot<T>, reason: CloseReason): void {
    slot.retirement ??= reason;
    this.#engine.remove(slot, reason);
    this.#validator?.giveUpOn(slot);
    slot.onRetired?.();
  }

  #close(slot: Slot<T>, reason: CloseReason): void {
    // Its place is free only now where its resource was closed before, to be replaced.
    if (slot.resource.isClosed) this.#options.onClosed();
    else this.#closer.close(slot.resource, reason, slot.cause);
    this.#upkeep.keepMinimum();
  }
}
