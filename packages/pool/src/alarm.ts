import type { Clock, Timer } from '@millpond/contracts';

/** One timer that goes off at the earliest of the moments it was set to. Setting it to a later one costs a comparison. */
export class Alarm {
  readonly #clock: Clock;
  readonly #onDue: () => void;
  #timer: Timer | undefined;
  #dueAt = Infinity;

  constructor(clock: Clock, onDue: () => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** @param dueAt - on the scale of the clock; Infinity is never */
  setFor(dueAt: number): void {
    if (dueAt >= this.#dueAt) return;
    this.stop();
    this.#dueAt = dueAt;
    this.#timer = this.#clock.setTimeout(
      () => {
        this.#timer = undefined;
        this.#dueAt = Infinity;
        this.#onDue();
      },
      Math.max(dueAt - this.#clock.now(), 0),
    );
  }

  stop(): void {
    if (this.#timer !== undefined) this.#clock.clear(this.#timer);
    this.#timer = undefined;
    this.#dueAt = Infinity;
  }
}
