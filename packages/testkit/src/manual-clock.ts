import { setImmediate } from 'node:timers';
import { promisify } from 'node:util';
import type { Clock, Timer } from '@millpond/contracts';

interface Call {
  readonly callback: () => void;
  /** Undefined for a timer that runs once. */
  readonly intervalMs: number | undefined;
  dueMs: number;
}

/** The real one, whatever fake timers a test installs later. */
const nextTurn = promisify(setImmediate);

/** A {@link Clock} that stands still until a test turns it. */
export class ManualClock implements Clock {
  readonly #calls = new Map<Timer, Call>();
  #nowMs: number;

  /** @param startMs - what {@link ManualClock.now} says at first. @defaultValue 0 */
  constructor(startMs = 0) {
    this.#nowMs = startMs;
  }

  /** How many timers are set: 0 once everything that was started has cleaned up behind itself. */
  get pending(): number {
    return this.#calls.size;
  }

  now(): number {
    return this.#nowMs;
  }

  /** As in Node, a delay below 1 ms counts as 1 ms. */
  setTimeout(callback: () => void, delayMs: number): Timer {
    return this.#schedule(callback, delayMs, undefined);
  }

  /** As in Node, an interval below 1 ms counts as 1 ms. */
  setInterval(callback: () => void, intervalMs: number): Timer {
    return this.#schedule(callback, intervalMs, atLeastOne(intervalMs));
  }

  clear(timer: Timer): void {
    this.#calls.delete(timer);
  }

  /**
   * Lets `ms` pass: runs the timers that fall due, in the order of their times (those of one moment in the order in
   * which they were set), including timers that are set meanwhile. Promises settle before the first, between any two,
   * and after the last.
   *
   * Await it before advancing again. Rejects with what a callback throws; time then stands at that callback.
   */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await nextTurn();
    for (let timer = this.#nextDue(endMs); timer !== undefined; timer = this.#nextDue(endMs)) {
      this.#run(timer);
      // Each timer must see what the promises of the one before have done.
      await nextTurn();
    }
    this.#nowMs = endMs;
  }

  #schedule(callback: () => void, delayMs: number, intervalMs: number | undefined): Timer {
    const timer = {};
    this.#calls.set(timer, { callback, intervalMs, dueMs: this.#nowMs + atLeastOne(delayMs) });
    return timer;
  }

  #nextDue(endMs: number): Timer | undefined {
    let next: Timer | undefined;
    let nextMs = endMs;
    for (const [timer, { dueMs }] of this.#calls) {
      if (next === undefined ? dueMs <= nextMs : dueMs < nextMs) {
        next = timer;
        nextMs = dueMs;
      }
    }
    return next;
  }

  #run(timer: Timer): void {
    const call = this.#calls.get(timer);
    if (call === undefined) return;
    this.#nowMs = call.dueMs;
    // Taken out and put back at the end, so that timers of one moment run in the order in which they were set.
    this.#calls.delete(timer);
    if (call.intervalMs !== undefined) {
      call.dueMs += call.intervalMs;
      this.#calls.set(timer, call);
    }
    call.callback();
  }
}

function atLeastOne(ms: number): number {
  return ms >= 1 ? ms : 1;
}
