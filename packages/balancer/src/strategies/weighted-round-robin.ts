import { definePlugin } from '@millpond/contracts';
import type { Candidate, Strategy } from '@millpond/contracts';
import { z } from 'zod';
import { SmoothRotation } from '../smooth-rotation.ts';

/** Takes the candidates in turn, each as often as its weight says, evenly spread; see {@link SmoothRotation}. */
export class WeightedRoundRobin implements Strategy {
  readonly #rotation = new SmoothRotation();
  #candidates: readonly Candidate[] = [];

  update(candidates: readonly Candidate[]): void {
    this.#candidates = candidates;
    this.#rotation.update(candidates);
  }

  pick(): Candidate | undefined {
    for (let i = 0; i < this.#candidates.length; i += 1) this.#rotation.offer(i, this.#candidates[i]?.weight ?? 0);
    return this.#rotation.take();
  }
}

/** The plugin `weighted-round-robin`; it has no options. */
export const weightedRoundRobin = definePlugin({
  kind: 'strategy',
  name: 'weighted-round-robin',
  apiVersion: 1,
  options: z.strictObject({}),
  create: () => new WeightedRoundRobin(),
});
