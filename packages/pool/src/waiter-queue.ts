import { LinkedList } from './linked-list.ts';
import type { Waiter } from './waiter.ts';

/**
 * The callers that wait, first come, first served. generic-pool's own queue leaves a caller that gave up in its place,
 * where the next resource is lost on it; this one forgets it at once.
 */
export class WaiterQueue<T> {
  readonly #waiters = new LinkedList<Waiter<T>>();
  #ripe = 0;

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

  /** Called by generic-pool, which has a resource for whoever it gets. */
  dequeue(): Waiter<T> | undefined {
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
