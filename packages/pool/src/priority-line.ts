import { LinkedList } from './linked-list.ts';
import type { Linked } from './linked-list.ts';

/** Priorities go from -4, the most urgent, to 4. */
export const HIGHEST_PRIORITY = 4;
/** How often in a row more urgent members are preferred to those of a class. */
const PATIENCE = 8;

interface PriorityClass<N extends Linked<N>> {
  readonly members: LinkedList<N>;
  /** How often others were preferred to it since it was served last. */
  passed: number;
}

/**
 * A line with several classes: the most urgent class first, within a class first come, first served. So that nobody
 * starves, a class that others were preferred to 8 times in a row is next; of several such classes, the most urgent one.
 */
export class PriorityLine<N extends Linked<N>> {
  readonly #classes: readonly PriorityClass<N>[] = Array.from({ length: 2 * HIGHEST_PRIORITY + 1 }, () => ({
    members: new LinkedList<N>(),
    passed: 0,
  }));
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Whose turn it is. */
  get first(): N | undefined {
    return this.#next()?.members.head;
  }

  *[Symbol.iterator](): IterableIterator<N> {
    for (const { members } of this.#classes) yield* members;
  }

  /** @param priority - a whole number from -4 to 4 */
  add(member: N, priority: number): void {
    this.#classes[priority + HIGHEST_PRIORITY]?.members.addLast(member);
    this.#length += 1;
  }

  /** Takes one out; `priority` is what it was added with. */
  remove(member: N, priority: number): void {
    if (!member.linked) return;
    this.#classes[priority + HIGHEST_PRIORITY]?.members.remove(member);
    this.#length -= 1;
  }

  /** {@link PriorityLine.first}, whose turn is taken note of. It stays in the line. */
  choose(): N | undefined {
    const chosen = this.#next();
    if (chosen === undefined) return undefined;
    if (chosen.members.length < this.#length) this.#passOver(chosen);
    chosen.passed = 0;
    return chosen.members.head;
  }

  #passOver(chosen: PriorityClass<N>): void {
    for (let index = this.#classes.length - 1; this.#classes[index] !== chosen; index -= 1) {
      const other = this.#classes[index];
      if (other === undefined) return;
      other.passed = other.members.head === undefined ? 0 : other.passed + 1;
    }
  }

  #next(): PriorityClass<N> | undefined {
    let mostUrgent: PriorityClass<N> | undefined;
    for (const one of this.#classes) {
      if (one.members.head === undefined) continue;
      if (one.passed >= PATIENCE || one.members.length === this.#length) return one;
      mostUrgent ??= one;
    }
    return mostUrgent;
  }
}
