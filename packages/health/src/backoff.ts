import type { Random } from '@millpond/contracts';

const FIRST_MS = 1000;
const LONGEST_MS = 30_000;
const JITTER = 0.1;

/** Delays of 1 s doubling to 30 s, each cut by up to 10 % at random, so that those who failed together part. */
export class Backoff {
  readonly #random: Random;
  #delayMs = FIRST_MS;

  constructor(random: Random) {
    this.#random = random;
  }

  /** The delay for this failure, in milliseconds; that for the next one is twice as long. */
  next(): number {
    const delayMs = this.#delayMs * (1 - JITTER * this.#random());
    this.#delayMs = Math.min(this.#delayMs * 2, LONGEST_MS);
    return delayMs;
  }

  /** Starts at 1 s again. */
  reset(): void {
    this.#delayMs = FIRST_MS;
  }
}
