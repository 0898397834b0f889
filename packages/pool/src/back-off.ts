import type { Clock, Random, Timer } from '@millpond/contracts';

const FIRST_DELAY_MS = 10;

/** Holds something back after a failure: for 10 ms, doubling with each further failure up to 5 s, less up to half at random. */
export class BackOff {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #onOver: () => void;
  readonly #longestDelayMs: number;
  #delayMs = 0;
  #lastFailureAt = -Infinity;
  #timer: Timer | undefined;

  /** @param onOver - called when it may be tried again */
  constructor(clock: Clock, random: Random, onOver: () => void, longestDelayMs = 5_000) {
    this.#clock = clock;
    this.#random = random;
    this.#onOver = onOver;
    this.#longestDelayMs = longestDelayMs;
  }

  /** Whether it is too early to try again. */
  get isOn(): boolean {
    return this.#timer !== undefined;
  }

  /** Failures while it is on count as one; so does, as the first, one after twice the longest delay without any. */
  failed(): void {
    if (this.isOn) return;
    const now = this.#clock.now();
    const isFirst = now - this.#lastFailureAt > 2 * this.#longestDelayMs;
    this.#delayMs = Math.min(isFirst ? FIRST_DELAY_MS : this.#delayMs * 2, this.#longestDelayMs);
    this.#lastFailureAt = now;
    this.#timer = this.#clock.setTimeout(
      () => {
        this.#timer = undefined;
        this.#onOver();
      },
      this.#delayMs * (1 - this.#random() / 2),
    );
  }

  /** Something succeeded: it is over, and the next failure counts as the first. */
  forget(): void {
    this.stop();
    this.#lastFailureAt = -Infinity;
  }

  stop(): void {
    if (this.#timer !== undefined) this.#clock.clear(this.#timer);
    this.#timer = undefined;
  }
}
