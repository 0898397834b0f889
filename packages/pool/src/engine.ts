// The names that begin with an underscore are those of generic-pool; see GenericPoolCore.
import type { CloseReason } from '@millpond/contracts';
import { genericPoolCore } from './generic-pool-core.ts';
import type { GenericPoolCore } from './generic-pool-core.ts';
import { IdleDeque } from './idle-deque.ts';
import { Link, LinkedList } from './linked-list.ts';
import type { PoolLimits } from './pool-options.ts';
import type { Slot, SlotRecord } from './slot.ts';
import type { WaiterQueue } from './waiter-queue.ts';

/** What the engine asks of the pool. */
export interface EngineHooks<T> {
  /** Read anew whenever it matters, since it changes. */
  readonly limits: Readonly<PoolLimits>;
  readonly order: 'lifo' | 'fifo';
  readonly waiters: WaiterQueue<T>;
  readonly create: () => Promise<Slot<T>>;
  /** How many creations for waiters may be begun now, beyond those under way and whatever `max` says. */
  readonly creatable: (underWay: number) => number;
  readonly close: (slot: Slot<T>, reason: CloseReason) => void;
  /** Must not reject. Absent where nothing needs to be validated. A slot on its way to a waiter may be new. */
  readonly validate: ((slot: Slot<T>) => boolean | Promise<boolean>) | undefined;
  /** A slot has become idle. Called before it is handed to a waiter, if there is one; may remove it. */
  readonly onIdle: (slot: Slot<T>) => void;
  /** A creation has failed. Called before the waiters' needs are looked at again. */
  readonly onCreateFailed: (error: unknown) => void;
}

/**
 * The slots, and generic-pool, which matches them with the waiters.
 *
 * It is a little longer than our files are meant to be: what generic-pool counts and what is counted here must change
 * together.
 */
export class Engine<T> {
  readonly idle: IdleDeque<T>;

  readonly #hooks: EngineHooks<T>;
  readonly #core: GenericPoolCore<T>;
  readonly #slots = new LinkedList<Link<Slot<T>>>();
  readonly #creations = new LinkedList<Link<Promise<Slot<T>>>>();
  #verdict: (slot: Slot<T>) => CloseReason | undefined = () => undefined;
  #lent = 0;
  #held = 0;
  readonly #doubtful = new Set<SlotRecord<T>>();
  /** Whether the last creation failed, and nobody has come since: then waiters had better count on what is held. */
  #hasFailed = false;

  constructor(hooks: EngineHooks<T>) {
    this.#hooks = hooks;
    this.idle = new IdleDeque(hooks.order, (slot) => hooks.onIdle(slot));
    const evictor = { evict: (_config: object, { obj }: SlotRecord<T>) => this.#evicts(obj) };
    const factory = {
      create: () => this.#create(),
      destroy: (slot: Slot<T>) => this.#close(slot),
      validate: (slot: Slot<T>) => this.#validate(slot),
    };
    const options = {
      max: hooks.limits.max,
      fifo: hooks.order === 'fifo',
      testOnBorrow: hooks.validate !== undefined,
      numTestsPerEvictionRun: Infinity,
    };
    const parts = { evictor, idle: this.idle, waiters: hooks.waiters };
    const control = { wanted: () => this.#wanted(), hand: (slot: Slot<T>) => this.#hand(slot) };
    this.#core = genericPoolCore(parts, factory, options, control);
  }

  get lent(): number {
    return this.#lent;
  }

  /** How many slots there are: idle, being validated, or lent. */
  get size(): number {
    return this.#slots.length;
  }

  /** How many are being created. */
  get creating(): number {
    return this.#creations.length;
  }

  /** Slots that nobody can have for a while, and nobody counts on: those in {@link Engine.hold}, and the doubtful ones. */
  get held(): number {
    return this.#held + this.#doubtful.size;
  }

  /** Slots that are on their way to whoever waits: being created, or validated. */
  get coming(): number {
    return this.#creations.length + this.#slots.length - this.idle.length - this.lent - this.held;
  }

  /** How many more may be created; below 0 while there are more than `max`, which became less. */
  get spare(): number {
    return this.#hooks.limits.max - this.#slots.length - this.#creations.length;
  }

  /**
   * Waiters that a resource may be created for and that nothing is on its way to. What is doubtful may still get there, and
   * nobody creates anything while that fails: so it counts, and {@link Engine.doubt} creates in spite of it.
   */
  get unprovided(): number {
    const { held } = this;
    const counted = this.#hasFailed ? held : this.#doubtful.size;
    return this.#hooks.waiters.ripe - this.idle.length - this.coming - counted;
  }

  /** Every slot, but for those that are closed in the meantime. */
  *slots(): IterableIterator<Slot<T>> {
    for (const { value: slot } of this.#slots) yield slot;
  }

  /** What is being created. */
  creations(): Promise<Slot<T>>[] {
    return Array.from(this.#creations, ({ value: creation }) => creation);
  }

  /** Takes an idle slot on the spot, without validation. To be given back by {@link Engine.release} or `destroy`. */
  take(): Slot<T> | undefined {
    const slot = this.idle.shift()?.obj;
    if (slot !== undefined) this.#lent += 1;
    return slot;
  }

  /** Puts back a slot that {@link Engine.take} gave and that was not lent. Nobody waits. */
  untake(slot: Slot<T>): void {
    this.#lent -= 1;
    this.idle.addFirst(slot);
  }

  /** Takes an idle slot away from everybody for a while, until {@link Engine.unhold}; says whether it was idle. */
  hold(slot: Slot<T>): boolean {
    const wasIdle = this.idle.remove(slot);
    if (wasIdle) this.#held += 1;
    return wasIdle;
  }

  /** Puts a held slot back, as cold as it was, for whoever waits. */
  unhold(slot: Slot<T>): void {
    this.#held -= 1;
    this.idle.putBack(slot);
    this.serveWaiters();
  }

  /**
   * A slot that is on its way to a waiter may not get there soon: another idle one is tried, and one is created, though no
   * more than one at a time, since a server that is slow to answer should not be dialled by everybody at once. Whichever
   * comes first is the waiter's.
   */
  doubt({ record }: Slot<T>): void {
    if (record === undefined || !this.#core._testOnBorrowResources.delete(record)) return;
    this.#doubtful.add(record);
    this.dispense();
  }

  /** Gives the waiters what they can get, and creates what they lack, also if that has failed. */
  dispense(): void {
    this.#hasFailed = false;
    if (this.idle.length > 0 || this.spare > 0) this.#core._dispense();
    this.#createInstead();
  }

  /** What generic-pool does by itself when one of its own loans ends: gives the waiters what is idle, if there are any. */
  serveWaiters(): void {
    if (this.#hooks.waiters.length === 0) return;
    this.#core._dispense();
    this.#createInstead();
  }

  /** Creates one more, for whoever needs it. Not more than {@link Engine.spare}. */
  create(): void {
    this.#core._createResource();
  }

  /** Takes a lent slot back, for the next waiter or the idle ones. */
  release(slot: Slot<T>): void {
    if (this.#hooks.waiters.length > 0 && this.#passOn(slot)) return;
    this.#lent -= 1;
    this.idle.add(slot);
    this.serveWaiters();
  }

  /** Closes a lent slot. */
  destroy(slot: Slot<T>, reason: CloseReason): void {
    slot.retirement ??= reason;
    this.#lent -= 1;
    if (slot.record !== undefined) this.#core._destroy(slot.record);
    this.serveWaiters();
  }

  /** Closes an idle slot; one that is not idle is ignored. */
  remove(slot: Slot<T>, reason: CloseReason): void {
    const { record } = slot;
    if (record === undefined || !this.idle.remove(slot)) return;
    slot.retirement ??= reason;
    this.#core._destroy(record);
  }

  /** Goes through the idle slots, from the coldest to the warmest, and closes those that `verdict` gives a reason for. */
  sweep(verdict: (slot: Slot<T>) => CloseReason | undefined): void {
    this.#verdict = verdict;
    this.#core._evict();
  }

  /**
   * Hands a lent slot to the next waiter on the spot, if that needs no waiting; it stays lent, as it was. Through
   * generic-pool it would become idle and be lent anew, which costs as much as everything else about a wait.
   */
  #passOn(slot: Slot<T>): boolean {
    const { validate, waiters } = this.#hooks;
    if (validate !== undefined && validate(slot) !== true) return false;
    waiters.dequeue()?.resolve(slot);
    return true;
  }

  /** Lends a slot that is not idle to the next waiter; says whether there is one. */
  #hand(slot: Slot<T>): boolean {
    const waiter = this.#hooks.waiters.dequeue();
    if (waiter === undefined) return false;
    this.#lent += 1;
    waiter.resolve(slot);
    return true;
  }

  /** Creates one for the waiters of what is doubtful, if nothing else is on its way to them. */
  #createInstead(): void {
    if (this.#doubtful.size === 0 || this.#hasFailed || this.#creations.length > 0 || this.spare <= 0) return;
    if (this.#hooks.waiters.ripe > this.coming && this.#hooks.creatable(0) > 0) this.create();
  }

  /** How many resources are to be created for the waiters now. */
  #wanted(): number {
    return Math.min(this.spare, this.unprovided, this.#hooks.creatable(this.#creations.length));
  }

  #evicts(slot: Slot<T>): boolean {
    slot.retirement ??= this.#verdict(slot);
    return slot.retirement !== undefined;
  }

  #create(): Promise<Slot<T>> {
    const creation = this.#hooks.create().then(
      (slot) => {
        this.#creations.remove(link);
        this.#hasFailed = false;
        this.#slots.addLast(slot.link);
        return slot;
      },
      (error: unknown) => {
        this.#creations.remove(link);
        this.#hasFailed = true;
        this.#hooks.onCreateFailed(error);
        throw error;
      },
    );
    const link = new Link(creation);
    this.#creations.addLast(link);
    return creation;
  }

  async #validate(slot: Slot<T>): Promise<boolean> {
    const answer = this.#hooks.validate?.(slot) ?? true;
    // It may have been asked for by somebody else, long ago.
    if (slot.isDoubtful) this.doubt(slot);
    const isValid = await answer;
    if (slot.record !== undefined) this.#doubtful.delete(slot.record);
    return isValid && slot.retirement === undefined;
  }

  #close(slot: Slot<T>): void {
    this.#slots.remove(slot.link);
    // Nobody but a validation closes a slot without saying why.
    this.#hooks.close(slot, slot.retirement ?? 'invalid');
    this.#createInstead();
  }
}
