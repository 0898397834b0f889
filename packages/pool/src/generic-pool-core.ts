// oxlint-disable no-underscore-dangle -- the names are those of generic-pool; see GenericPoolCore
import { Pool as GenericPool } from 'generic-pool';
import type { SlotRecord, Slot } from './slot.ts';

/**
 * This file and engine.ts are the only ones that know how generic-pool works inside, and the reason why its version is
 * pinned exactly.
 *
 * generic-pool exports its constructor, which takes the classes of its waiter queue, idle deque and evictor; most of
 * what it is known to get wrong is in those three, so it gets ours. The methods with an underscore are not documented;
 * engine.test.ts fails if a version without them is installed.
 */
export interface GenericPoolCore<T> {
  /** Resources that are lent. */
  readonly borrowed: number;
  /** What is being validated: as many waiters are taken for provided with. */
  readonly _testOnBorrowResources: TestedSlots<T>;
  release(slot: Slot<T>): Promise<void>;
  destroy(slot: Slot<T>): Promise<void>;
  /** Creates what the waiters lack, as far as `spareResourceCapacity` allows, and hands out what is idle. */
  _dispense(): void;
  /** Creates one resource, come what may, and hands it out. */
  _createResource(): void;
  /** Closes a resource that is neither idle nor lent. */
  _destroy(record: SlotRecord<T>): void;
  /** Goes through the idle resources once and closes those that the evictor names. */
  _evict(): void;
}

/** What generic-pool gets instead of its own. */
export interface GenericPoolParts {
  readonly evictor: object;
  readonly idle: object;
  readonly waiters: object;
}

/** @param wanted - how many resources are to be created for the waiters now */
export function genericPoolCore<T>(
  { evictor, idle, waiters }: GenericPoolParts,
  factory: object,
  options: object,
  wanted: () => number,
): GenericPoolCore<T> {
  const collections = {
    _allObjects: new Tally(),
    _factoryCreateOperations: new Tally(),
    _factoryDestroyOperations: new Tally(),
    _validationOperations: new Tally(),
    _testOnBorrowResources: new TestedSlots<T>(),
    _resourceLoans: new SlotLoans<T>(),
  };
  // Its own types know neither this constructor nor the methods that it has with an underscore.
  const parts = [evictor, idle, waiters].map(always);
  const core: GenericPoolCore<T> = Object.assign(
    Reflect.construct(GenericPool, [...parts, factory, options]),
    collections,
  );
  // generic-pool asks this before it creates for waiters. It would create at once, whatever is on its way already.
  Object.defineProperty(core, 'spareResourceCapacity', { get: wanted });
  return core;
}

/*
 * What stands in for generic-pool's own Sets and Map, whose members come and go with every resource; see LinkedList. They
 * have the methods that it calls, but for those of what is not used here: its `ready`, `drain` and `clear`.
 */

/** Of what generic-pool only counts. */
class Tally {
  size = 0;

  add(): void {
    this.size += 1;
  }

  delete(): void {
    this.size -= 1;
  }
}

class TestedSlots<T> {
  size = 0;

  add({ obj: slot }: SlotRecord<T>): void {
    slot.isTested = true;
    this.size += 1;
  }

  /** Says whether it was there: one that takes too long is taken out early. */
  delete({ obj: slot }: SlotRecord<T>): boolean {
    if (!slot.isTested) return false;
    slot.isTested = false;
    this.size -= 1;
    return true;
  }
}

class SlotLoans<T> {
  size = 0;

  has(slot: Slot<T>): boolean {
    return slot.loan !== undefined;
  }

  get(slot: Slot<T>): unknown {
    return slot.loan;
  }

  set(slot: Slot<T>, loan: unknown): void {
    if (slot.loan === undefined) this.size += 1;
    slot.loan = loan;
  }

  delete(slot: Slot<T>): void {
    if (slot.loan === undefined) return;
    slot.loan = undefined;
    this.size -= 1;
  }
}

/** A constructor that gives `instance`, for generic-pool, which insists on making its parts itself. */
function always(instance: object): () => object {
  return function Part() {
    return instance;
  };
}
