/** Bytes that were read of a socket before it had a handler: they come first. */
export class Unread {
  readonly #deliver: () => void;
  #isWanted = false;
  #isScheduled = false;

  /** @param deliver - called once, on a stack of its own, when they are wanted */
  constructor(deliver: () => void) {
    this.#deliver = deliver;
  }

  /** The handler would read, or would not any more. */
  set wanted(isWanted: boolean) {
    this.#isWanted = isWanted;
    if (!isWanted || this.#isScheduled) return;
    this.#isScheduled = true;
    process.nextTick(() => {
      this.#isScheduled = false;
      if (this.#isWanted) this.#deliver();
    });
  }
}
