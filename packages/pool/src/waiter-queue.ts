import { PriorityLine } from './priority-line.ts';
import type { Waiter } from './waiter.ts';

/**
 * The callers that wait. generic-pool's own queue leaves a caller that gave up in its place, where the next resource is
 * lost on it; this one forgets it at once.
 *
 * A caller that needs several resources gathers them when it is first in line: until it has them all, nobody else gets
 * any. So two of them never hold what the other one lacks.
 */
export class WaiterQueue<T> {
  /** While this is so nobody is given anything, and nothing is created for anybody. */
  isSuspended = false;

  readonly #line = new PriorityLine<Waiter<T>>();
  #gatherer: Waiter<T> | undefined;
  #places = 0;
  #ripePlaces = 0;

  /** Resources that may be given away now. What generic-pool goes by, so it has this name. */
  get length(): number {
    return this.isSuspended ? 0 : this.#places;
  }

  get callers(): number {
    return this.#line.length;
  }

  /** Resources that callers still lack. */
  get places(): number {
    return this.#places;
  }

  /** Resources that callers lack and that may be created for them. */
  get ripe(): number {
    return this.isSuspended ? 0 : this.#ripePlaces;
  }

  /** Resources that were given to a caller who still lacks others. */
  get gathered(): number {
    return this.#gatherer?.gathered.length ?? 0;
  }

  /** Whoever is to get the next resource. */
  get first(): Waiter<T> | undefined {
    return this.#gatherer ?? this.#line.first;
  }

  /** Everybody who waits at this moment. */
  all(): Waiter<T>[] {
    return [...this.#line];
  }

  add(waiter: Waiter<T>): void {
    this.#line.add(waiter, waiter.request.priority);
    this.#count(waiter, waiter.missing);
  }

  /** For who has a resource, and hands it over at once. */
  dequeue(): Waiter<T> | undefined {
    if (this.isSuspended) return undefined;
    const waiter = this.#gatherer ?? this.#line.choose();
    if (waiter === undefined) return undefined;
    const isLast = waiter.missing === 1;
    this.#count(waiter, -1);
    this.#gatherer = isLast ? undefined : waiter;
    if (isLast) this.#line.remove(waiter, waiter.request.priority);
    return waiter;
  }

  /** A waiter has lost one of the resources that it had gathered, and lacks one more. */
  lost(waiter: Waiter<T>): void {
    this.#count(waiter, 1);
  }

  /** Takes out one that gives up; says whether it was still there. */
  remove(waiter: Waiter<T>): boolean {
    if (!waiter.linked) return false;
    if (this.#gatherer === waiter) this.#gatherer = undefined;
    this.#count(waiter, -waiter.missing);
    this.#line.remove(waiter, waiter.request.priority);
    return true;
  }

  ripen(waiter: Waiter<T>): void {
    if (waiter.isRipe || !waiter.linked) return;
    waiter.isRipe = true;
    this.#ripePlaces += waiter.missing;
  }

  #count(waiter: Waiter<T>, places: number): void {
    this.#places += places;
    if (waiter.isRipe) this.#ripePlaces += places;
  }
}
