/** How long a client may keep everybody waiting before it has moved anything; Kestrel's grace period. */
const GRACE_MS = 5000;

/**
 * Holds a client to a minimum rate while it is the one that everybody waits for, in one exchange after the other.
 *
 * It is a credit of time: 5 s at first. Each body byte that moves, in either direction, adds 1 / rate seconds, up to the
 * idle time-out; the client's turn uses it up. So a client that has kept others waiting for t seconds has moved at least
 * rate · (t − 5) bytes, and one that was fast at first cannot dribble for long on the strength of that.
 *
 * It costs a branch where it never becomes the client's turn: no body, and a response that the kernel takes at once.
 */
export class Pace {
  readonly #bytesPerSecond: number;
  #creditMs = 0;
  #bytes = 0;
  #isRunning = false;
  #since = 0;

  /** @param bytesPerSecond - 0 for any */
  constructor(bytesPerSecond: number) {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** Whether it was the client's turn when last looked at. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** A new exchange begins. */
  start(): void {
    this.#creditMs = this.#bytesPerSecond === 0 ? Infinity : GRACE_MS;
    this.#bytes = 0;
    this.#isRunning = false;
  }

  /**
   * To be called whenever the turn may have changed, or bytes have moved.
   *
   * @param isClientsTurn - from now on
   * @param now - in milliseconds
   * @param bytes - of the bodies that have moved in this exchange, so far
   * @param idleMs - the idle time-out; 0 for none
   * @returns milliseconds that the client's turn may last, if nothing moves
   */
  look(isClientsTurn: boolean, now: number, bytes: number, idleMs: number): number {
    if (this.#bytesPerSecond === 0) return Infinity;
    if (this.#isRunning) this.#creditMs -= now - this.#since;
    const mostMs = Math.max(idleMs === 0 ? Infinity : idleMs, this.#creditMs);
    this.#creditMs = Math.min(this.#creditMs + ((bytes - this.#bytes) * 1000) / this.#bytesPerSecond, mostMs);
    this.#bytes = bytes;
    this.#isRunning = isClientsTurn;
    this.#since = now;
    return this.#creditMs;
  }
}
