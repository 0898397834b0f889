import { definePlugin } from '@millpond/contracts';
import type { Candidate, Random as RandomSource, Strategy } from '@millpond/contracts';
import { z } from 'zod';

/** Draws a candidate at random, each with a chance that is its share of the weights. */
export class Random implements Strategy {
  readonly #random: RandomSource;
  #candidates: readonly Candidate[] = [];
  /** At each index the sum of the weights up to and including that candidate's. */
  #sums = new Float64Array(0);

  constructor(context: { readonly random: RandomSource }) {
    this.#random = context.random;
  }

  update(candidates: readonly Candidate[]): void {
    let sum = 0;
    this.#sums = Float64Array.from(candidates, ({ weight }) => (sum += weight));
    this.#candidates = candidates;
  }

  pick(): Candidate | undefined {
    const last = this.#candidates.length - 1;
    const drawn = this.#random() * (this.#sums[last] ?? 0);
    let low = 0;
    let high = last;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (drawn < (this.#sums[middle] ?? 0)) high = middle;
      else low = middle + 1;
    }
    return this.#candidates[low];
  }
}

/** The plugin `random`; it has no options. */
export const random = definePlugin({
  kind: 'strategy',
  name: 'random',
  apiVersion: 1,
  options: z.strictObject({}),
  create: (_options, context) => new Random(context),
});
