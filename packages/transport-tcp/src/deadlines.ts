import type { Clock, Timer } from '@millpond/contracts';
import { Roster, type Seat } from './roster.ts';

/** Something that must come to an end in time. */
export interface Timed {
  /** Milliseconds on the scale of {@link Deadlines.now}; 0 while there is no deadline. A plain field: set it at will. */
  deadline: number;
  /** Its place among those that are watched; undefined to begin with. Written by {@link Deadlines} alone. */
  watch: Seat<Timed> | undefined;
  /** The deadline has passed. Clear it or close: it is called again at every sweep until then. */
  onDeadline(): void;
}

/** How often deadlines are looked at, and the time is. So they are met that much early or late at the most. */
const SWEEP_MS = 100;

/**
 * Watches the deadlines of many objects with one timer. Setting one is an assignment (3 ns, against 57 for refreshing a
 * timer); the sweep costs 30 µs for 10,000 objects.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #watched = new Roster<Timed>();
  #timer: Timer | undefined;
  #sweptAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The time of the last sweep, cheap to read: deadlines are set relative to it. */
  get now(): number {
    return this.#timer === undefined ? this.#clock.now() : this.#sweptAt;
  }

  /** Watches `timed` until {@link Deadlines.remove}. */
  add(timed: Timed): void {
    timed.watch ??= this.#watched.add(timed);
    if (this.#timer !== undefined) return;
    this.#sweptAt = this.#clock.now();
    this.#timer = this.#clock.setInterval(() => this.#sweep(), SWEEP_MS);
  }

  /** Stops watching; the timer ends with the last one. */
  remove(timed: Timed): void {
    if (timed.watch !== undefined) this.#watched.remove(timed.watch);
    timed.watch = undefined;
    if (this.#watched.size > 0 || this.#timer === undefined) return;
    this.#clock.clear(this.#timer);
    this.#timer = undefined;
  }

  #sweep(): void {
    const now = this.#clock.now();
    this.#sweptAt = now;
    this.#watched.forEach((timed) => {
      if (timed.deadline !== 0 && timed.deadline <= now) timed.onDeadline();
    });
  }
}
