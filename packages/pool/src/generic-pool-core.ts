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
  /** What is being validated: as many waiters are taken for provided with. */
  readonly _testOnBorrowResources: TestedSlots<T>;
  /** Creates what the waiters lack, as far as `spareResourceCapacity` allows, and hands out what is idle. */
  _dispense(): void;
  /** Creates one resource, come what may, and hands it out. */
  _createResource(): void;
  /** Closes a resource that is neither idle nor lent. */
  _destroy(record: SlotRecord<T>): void;
  /** Puts a resource that is neither idle nor lent among the idle ones. */
  _addPooledResourceToAvailableObjects(record: SlotRecord<T>): void;
  /** Goes through the idle resources once and closes those that the evictor names. */
  _evict(): void;
}

/** What generic-pool gets instead of its own. */
export interface GenericPoolParts {
  readonly evictor: object;
  readonly idle: object;
  readonly waiters: object;
}

/** What it does not decide itself. */
export interface GenericPoolControl<T> {
  /** How many resources are to be created for the waiters now. */
  readonly wanted: () => number;
  /** Hands a resource to the next waiter; says whether there is one. */
  readonly hand: (slot: Slot<T>) => boolean;
}

/**
 * It creates, validates, evicts and closes, and matches what there is with who waits. It does not keep loans: one of its own
 * costs a promise, two closures and an entry in a map, 180 ns of the 280 of a whole loan.
 */
export function genericPoolCore<T>(
  { evictor, idle, waiters }: GenericPoolParts,
  factory: { readonly destroy: (slot: Slot<T>) => void },
  options: object,
  { wanted, hand }: GenericPoolControl<T>,
): GenericPoolCore<T> {
  // Its own types know neither this constructor nor the methods that it has with an underscore.
  const parts = [evictor, idle, waiters].map(always);
  const core: GenericPoolCore<T> = Reflect.construct(GenericPool, [...parts, factory, options]);
  const tested = new TestedSlots<T>();
  Object.assign(core, {
    _testOnBorrowResources: tested,
    _allObjects: UNCOUNTED,
    _factoryCreateOperations: UNCOUNTED,
    _factoryDestroyOperations: UNCOUNTED,
    _validationOperations: UNCOUNTED,
    // Operations are tracked for its `ready`, `drain` and `clear` alone, at three promises each.
    _trackOperation: (operation: Promise<unknown>) => operation,
    _destroy: ({ obj: slot }: SlotRecord<T>) => factory.destroy(slot),
    _dispatchPooledResourceToNextWaitingClient: (record: SlotRecord<T>) => {
      if (!hand(record.obj)) core._addPooledResourceToAvailableObjects(record);
    },
  });
  // generic-pool asks this before it creates for waiters. It would create at once, whatever is on its way already.
  Object.defineProperty(core, 'spareResourceCapacity', { get: wanted });
  return core;
}

/**
 * Stands in for generic-pool's own collections. They count what the engine counts, too, and better: what it says in
 * `spareResourceCapacity` decides.
 */
const UNCOUNTED = { size: 0, add: (): void => undefined, delete: (): void => undefined };

/** What is being validated for waiters; see LinkedList why it is no Set. */
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

/** A constructor that gives `instance`, for generic-pool, which insists on making its parts itself. */
function always(instance: object): () => object {
  return function Part() {
    return instance;
  };
}
