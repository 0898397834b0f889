import { LinkedList } from './linked-list.ts';
import type { Slot, SlotRecord } from './slot.ts';

/** What generic-pool walks the idle slots with when it evicts. */
export interface IdleIterator<T> {
  next(): { readonly done: boolean; readonly value: SlotRecord<T> | undefined };
  /** Takes out what {@link IdleIterator.next} gave last. */
  remove(): void;
  reset(): void;
}

/**
 * The idle slots; the head is lent next. generic-pool's own deque cannot take one out of the middle, so what dies there
 * stays there. The methods without a comment are those that generic-pool calls.
 */
export class IdleDeque<T> {
  readonly #slots = new LinkedList<Slot<T>>();
  readonly #order: 'lifo' | 'fifo';
  readonly #onAdded: (slot: Slot<T>) => void;
  #added = 0;

  /** @param onAdded - called after a slot has become idle */
  constructor(order: 'lifo' | 'fifo', onAdded: (slot: Slot<T>) => void) {
    this.#order = order;
    this.#onAdded = onAdded;
  }

  get length(): number {
    return this.#slots.length;
  }

  /** The slot that has been idle longest. */
  get coldest(): Slot<T> | undefined {
    return this.#order === 'lifo' ? this.#slots.tail : this.#slots.head;
  }

  /** The one that became idle right after `slot`, which is idle. */
  warmerThan(slot: Slot<T>): Slot<T> | undefined {
    return this.#order === 'lifo' ? slot.previous : slot.next;
  }

  /** Takes one out, wherever it is; says whether it was there. */
  remove(slot: Slot<T>): boolean {
    if (!slot.linked) return false;
    this.#slots.remove(slot);
    return true;
  }

  /** Puts one back that was lent, and is known to generic-pool. */
  add(slot: Slot<T>): void {
    this.#added += 1;
    slot.warmth = this.#added;
    if (this.#order === 'lifo') this.#slots.addFirst(slot);
    else this.#slots.addLast(slot);
    this.#onAdded(slot);
  }

  /** Puts back one that was to be lent and was not: it is still the next. */
  addFirst(slot: Slot<T>): void {
    this.#slots.addFirst(slot);
    this.#onAdded(slot);
  }

  /** Puts back one that was taken out for a while without having been lent: among the others, as cold as it is. */
  putBack(slot: Slot<T>): void {
    let warmer = this.coldest;
    while (warmer !== undefined && warmer.warmth < slot.warmth) warmer = this.warmerThan(warmer);
    if (this.#order === 'fifo') this.#slots.addBefore(warmer, slot);
    else if (warmer === undefined) this.#slots.addFirst(slot);
    else this.#slots.addBefore(warmer.next, slot);
    this.#onAdded(slot);
  }

  unshift(record: SlotRecord<T>): void {
    record.obj.record = record;
    this.add(record.obj);
  }

  push(record: SlotRecord<T>): void {
    record.obj.record = record;
    this.add(record.obj);
  }

  shift(): SlotRecord<T> | undefined {
    return this.#slots.removeFirst()?.record;
  }

  /** Goes from the coldest to the warmest. */
  iterator(): IdleIterator<T> {
    let current: Slot<T> | undefined;
    let following: Slot<T> | undefined;
    let isAtStart = true;
    return {
      next: () => {
        current = isAtStart ? this.coldest : following;
        isAtStart = false;
        following = current && this.warmerThan(current);
        return { done: current === undefined, value: current?.record };
      },
      remove: () => {
        if (current !== undefined) this.#slots.remove(current);
      },
      reset: () => {
        isAtStart = true;
      },
    };
  }
}
