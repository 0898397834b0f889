import type { Clock, Timer } from '@millpond/contracts';
import { systemClock } from '@millpond/pool';

/** Settled, so that its reactions run as soon as the callback that is under way is over. */
const SETTLED = Promise.resolve();

/** Where the time has not been asked for in this turn. */
const UNKNOWN = -1;

/**
 * Real time, read once in a turn of the event loop, as in HAProxy and nginx: a request asks five times, which with its
 * answer is one of 20 µs. What is timed by it is as long as the turns in between; two things of one turn are no time apart.
 */
export class TurnClock implements Clock {
  #now = UNKNOWN;
  readonly #forget = (): void => {
    this.#now = UNKNOWN;
  };
  /** Behind all that the first one who asks puts off to the end of the turn, so that this belongs to the turn too. */
  readonly #forgetLast = (): void => {
    setImmediate(this.#forget);
  };

  now(): number {
    if (this.#now === UNKNOWN) {
      this.#now = systemClock.now();
      void SETTLED.then(this.#forgetLast);
    }
    return this.#now;
  }

  setTimeout(callback: () => void, delayMs: number): Timer {
    return systemClock.setTimeout(callback, delayMs);
  }

  setInterval(callback: () => void, intervalMs: number): Timer {
    return systemClock.setInterval(callback, intervalMs);
  }

  clear(timer: Timer): void {
    systemClock.clear(timer);
  }
}
