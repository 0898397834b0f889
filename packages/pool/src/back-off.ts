import type { Clock, Random, Timer } from '@millpond/contracts';

const FIRST_DELAY_MS = 10;
const LONGEST_DELAY_MS = 5_000;
/** After this long without a failure, the next one counts as the first again. */
const FORGET_AFTER_MS = 2 * LONGEST_DELAY_MS;

/** Holds something back after a failure: for 10 ms, doubling with each further failure up to 5 s, less up to half at random. */
export class BackOff {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #onOver: () => void;
  #delayMs = 0;
  #lastFailureAt = -Infinity;
  #timer: Timer | undefined;

  /** @param onOver - called when it may be tried again */
  constructor(clock: Clock, random: Random, onOver: () => void) {
    this.#clock = clock;
    this.#random = random;
    this.#onOver = onOver;
  }

  /** Whether it is too early to try again. */
  get isOn(): boolean {
    return this.#timer !== undefined;
  }

  /** Failures while it is on count as one. */
  failed(): void {
    if (this.isOn) return;
    const now = this.#clock.now();
    const isFirst = now - this.#lastFailureAt > FORGET_AFTER_MS;
    this.#delayMs = isFirst ? FIRST_DELAY_MS : Math.min(this.#delayMs * 2, LONGEST_DELAY_MS);
    this.#lastFailureAt = now;
    this.#timer = this.#clock.setTimeout(
      () => {
        this.#timer = undefined;
        this.#onOver();
      },
      this.#delayMs * (1 - this.#random() / 2),
    );
  }

  stop(): void {
    if (this.#timer !== undefined) this.#clock.clear(this.#timer);
    this.#timer = undefined;
  }
}
