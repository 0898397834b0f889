/** What can be a link of a {@link LinkedList}: it carries its own pointers, so that adding and removing allocate nothing. */
export interface Linked<N> {
  previous: N | undefined;
  next: N | undefined;
  /** Whether it is in a list now. Written by the list only. */
  linked: boolean;
}

/** A link for what is none itself, or is in another list already. */
export class Link<V> implements Linked<Link<V>> {
  previous: Link<V> | undefined;
  next: Link<V> | undefined;
  linked = false;
  readonly value: V;

  constructor(value: V) {
    this.value = value;
  }
}

/**
 * A doubly linked list that removes from anywhere in constant time. A node is in one list at most.
 *
 * It also stands in for a `Set` wherever members come and go all the time. When V8 rebuilds the table of a Set or Map, the
 * old table keeps its entries and points to the new one; as soon as one such table is in the old generation, those after
 * it follow, with all they hold, and nearly half of the garbage lives on until the next full collection.
 */
export class LinkedList<N extends Linked<N>> {
  #head: N | undefined;
  #tail: N | undefined;
  #length = 0;

  get head(): N | undefined {
    return this.#head;
  }

  get tail(): N | undefined {
    return this.#tail;
  }

  get length(): number {
    return this.#length;
  }

  /** Those that are in it now, but for what is taken out in the meantime. */
  *[Symbol.iterator](): IterableIterator<N> {
    const nodes: N[] = [];
    for (let node = this.#head; node !== undefined; node = node.next) nodes.push(node);
    for (const node of nodes) if (node.linked) yield node;
  }

  addFirst(node: N): void {
    node.next = this.#head;
    if (this.#head === undefined) this.#tail = node;
    else this.#head.previous = node;
    this.#head = node;
    this.#added(node);
  }

  addLast(node: N): void {
    node.previous = this.#tail;
    if (this.#tail === undefined) this.#head = node;
    else this.#tail.next = node;
    this.#tail = node;
    this.#added(node);
  }

  /** @param next - a node of this list, which the new one comes before; undefined: at the end */
  addBefore(next: N | undefined, node: N): void {
    const previous = next?.previous;
    if (next === undefined || previous === undefined) {
      if (next === undefined) this.addLast(node);
      else this.addFirst(node);
      return;
    }
    node.previous = previous;
    node.next = next;
    previous.next = node;
    next.previous = node;
    this.#added(node);
  }

  /** Takes a node out; one that is not in the list is ignored. */
  remove(node: N): void {
    if (!node.linked) return;
    if (node.previous === undefined) this.#head = node.next;
    else node.previous.next = node.next;
    if (node.next === undefined) this.#tail = node.previous;
    else node.next.previous = node.previous;
    node.previous = undefined;
    node.next = undefined;
    node.linked = false;
    this.#length -= 1;
  }

  removeFirst(): N | undefined {
    const node = this.#head;
    if (node !== undefined) this.remove(node);
    return node;
  }

  #added(node: N): void {
    node.linked = true;
    this.#length += 1;
  }
}
