import type { Clock, Timer } from '@millpond/contracts';

/** Settled, so that its reactions run as soon as the callback that is under way is over. */
const SETTLED = Promise.resolve();

/** Where the time has not been asked for in this turn. */
const UNKNOWN = -1;

/**
 * The time of another clock, read once in a turn of the event loop, as in HAProxy and nginx: a request asks five times,
 * which costs up to 4 % of it. What is timed by it is right to a turn or two: where the first to ask does so at the end of
 * a turn, the next one has that time, too.
 */
export class TurnClock implements Clock {
  readonly #clock: Clock;
  #now = UNKNOWN;
  readonly #forget = (): void => {
    this.#now = UNKNOWN;
  };
  /** Behind all that the first one who asks puts off to the end of the turn: that still belongs to the turn. */
  readonly #forgetLast = (): void => {
    setImmediate(this.#forget);
  };

  /** @param clock - what is read, and sets the timers */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    if (this.#now === UNKNOWN) {
      this.#now = this.#clock.now();
      void SETTLED.then(this.#forgetLast);
    }
    return this.#now;
  }

  setTimeout(callback: () => void, delayMs: number): Timer {
    return this.#clock.setTimeout(callback, delayMs);
  }

  setInterval(callback: () => void, intervalMs: number): Timer {
    return this.#clock.setInterval(callback, intervalMs);
  }

  clear(timer: Timer): void {
    this.#clock.clear(timer);
  }
}
