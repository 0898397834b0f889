import type { Clock } from '@millpond/contracts';

/** A turn of the event loop that takes no longer has done little else than accept. */
const SHORT_TURN_MS = 1;
/** How long connections are held back in longer turns altogether: there holding back helps little. */
const MAX_BUSY_MS = 50;
/** How long they are held back at all; a thousand take about 100 ms to be accepted. */
const MAX_HOLD_MS = 1000;

/**
 * Lets a burst of clients in before any of them is served.
 *
 * Node accepts one connection in a turn of the event loop (libuv 1.45 and later), and under load a turn takes
 * milliseconds: while the first clients are served at full speed, the last of a thousand would wait for seconds. So
 * connections that come turn after turn are held back, unread, until a turn brings none. Turns stay short by that, and the
 * kernel's queue is empty first. Where turns are long because of others, they are held back for {@link MAX_BUSY_MS} at most.
 */
export class AcceptBurst<T> {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #begin: (connection: T) => void;
  readonly #endTurn = (): void => this.#onTurn();
  #held: T[] = [];
  #heldSince = 0;
  #turnSince = 0;
  #busyMs = 0;
  #cameThisTurn = false;
  #immediate: NodeJS.Immediate | undefined;

  /**
   * @param clock - turns are measured by it, so it has to be read anew each time
   * @param begin - called once for each connection, when it may be served
   */
  constructor(clock: Pick<Clock, 'now'>, begin: (connection: T) => void) {
    this.#clock = clock;
    this.#begin = begin;
  }

  /** A connection has been accepted. */
  add(connection: T): void {
    if (this.#held.length === 0) {
      this.#heldSince = this.#turnSince = this.#clock.now();
      this.#busyMs = 0;
    }
    this.#held.push(connection);
    this.#cameThisTurn = true;
    this.#immediate ??= setImmediate(this.#endTurn);
  }

  /** Holds nothing back any more. */
  flush(): void {
    clearImmediate(this.#immediate);
    this.#immediate = undefined;
    const held = this.#held;
    this.#held = [];
    for (const connection of held) this.#begin(connection);
  }

  #onTurn(): void {
    const now = this.#clock.now();
    const turnMs = now - this.#turnSince;
    this.#turnSince = now;
    if (turnMs > SHORT_TURN_MS) this.#busyMs += turnMs;
    if (!this.#cameThisTurn || this.#busyMs > MAX_BUSY_MS || now - this.#heldSince > MAX_HOLD_MS) {
      this.flush();
      return;
    }
    this.#cameThisTurn = false;
    this.#immediate = setImmediate(this.#endTurn);
  }
}
