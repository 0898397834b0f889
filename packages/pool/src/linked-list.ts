/** What can be a link of a {@link LinkedList}: it carries its own pointers, so that adding and removing allocate nothing. */
export interface Linked<N> {
  previous: N | undefined;
  next: N | undefined;
  /** Whether it is in a list now. Written by the list only. */
  linked: boolean;
}

/** A doubly linked list that removes from anywhere in constant time. A node is in one list at most. */
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
