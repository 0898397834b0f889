import type { Clock } from '@millpond/contracts';
import { Alarm } from './alarm.ts';

/** How {@link Pool.drain} is to behave. */
export interface DrainOptions {
  /** How long resources that are lent may stay out, in milliseconds; 0 closes them at once. @defaultValue 30000 */
  readonly timeoutMs?: number;
}

/** The end of a pool: a promise that is kept when all is closed, and a deadline that can only come closer. */
export class Drain {
  readonly done: Promise<void>;
  readonly #clock: Clock;
  readonly #deadline: Alarm;
  #resolve: () => void = () => {};

  /** @param onDeadline - to close what is still open; not called after {@link Drain.finish} */
  constructor(clock: Clock, onDeadline: () => void) {
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#clock = clock;
    this.#deadline = new Alarm(clock, onDeadline);
  }

  limitTo(timeoutMs: number): void {
    this.#deadline.setFor(this.#clock.now() + timeoutMs);
  }

  finish(): void {
    this.#deadline.stop();
    this.#resolve();
  }
}
