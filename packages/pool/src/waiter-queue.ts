import { LinkedList } from './linked-list.ts';
import type { Slot } from './slot.ts';
import type { Waiter } from './waiter.ts';

/** Whoever gets the next resource: a caller in the queue, or one that takes an idle resource on the spot. */
export interface Taker<T> {
  readonly state: 'PENDING';
  resolve(slot: Slot<T>): void;
}

/**
 * The callers that wait, first come, first served. generic-pool's own queue leaves a caller that gave up in its place,
 * where the next resource is lost on it; this one forgets it at once.
 */
export class WaiterQueue<T> {
  readonly #waiters = new LinkedList<Waiter<T>>();
  #ripe = 0;
  #express: Taker<T> | undefined;

  /** What generic-pool goes by, so it has this name. */
  get length(): number {
    return this.#waiters.length;
  }

  /** Waiters that a resource may be created for. */
  get ripe(): number {
    return this.#ripe;
  }

  get first(): Waiter<T> | undefined {
    return this.#waiters.head;
  }

  add(waiter: Waiter<T>): void {
    this.#waiters.addLast(waiter);
    if (waiter.isRipe) this.#ripe += 1;
  }

  /** Gives the next resource to `taker`, before anyone who waits and without counting as one who does. */
  expedite(taker: Taker<T>): void {
    this.#express = taker;
  }

  /** Called by generic-pool, which has a resource for whoever it gets. */
  dequeue(): Taker<T> | undefined {
    const express = this.#express;
    if (express !== undefined) {
      this.#express = undefined;
      return express;
    }
    const waiter = this.#waiters.head;
    if (waiter !== undefined) this.remove(waiter);
    return waiter;
  }

  /** Takes out one that gives up; says whether it was still there. */
  remove(waiter: Waiter<T>): boolean {
    if (!waiter.linked) return false;
    this.#waiters.remove(waiter);
    if (waiter.isRipe) this.#ripe -= 1;
    return true;
  }

  ripen(waiter: Waiter<T>): void {
    if (waiter.isRipe) return;
    waiter.isRipe = true;
    this.#ripe += 1;
  }
}
