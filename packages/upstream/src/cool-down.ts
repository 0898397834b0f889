/**
 * Keeps what was given back until the event loop has polled once since, so that bytes which came after the end of an
 * answer are seen by their connection before it is lent again (RFC 9112, section 9.2).
 *
 * A `setImmediate` that is queued while a socket is read runs before the next poll, so it takes two rounds. One immediate
 * serves everything that cools, and there is none while nothing does.
 */
export class CoolDown<T> {
  readonly #release: (item: T) => void;
  readonly #turn = () => this.#endRound();
  /** Added since the last round: no poll has come between. */
  #fresh: T[] = [];
  /** Added before the last round: when the next one comes, a poll has. */
  #polled: T[] = [];
  #isTurning = false;

  /** @param release - called once for each item, when it has cooled */
  constructor(release: (item: T) => void) {
    this.#release = release;
  }

  add(item: T): void {
    this.#fresh.push(item);
    if (this.#isTurning) return;
    this.#isTurning = true;
    setImmediate(this.#turn);
  }

  #endRound(): void {
    const cooled = this.#polled;
    this.#polled = this.#fresh;
    this.#fresh = [];
    this.#isTurning = this.#polled.length > 0;
    if (this.#isTurning) setImmediate(this.#turn);
    for (const item of cooled) this.#release(item);
  }
}
