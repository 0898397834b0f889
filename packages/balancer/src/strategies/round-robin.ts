import { definePlugin } from '@millpond/contracts';
import type { Candidate, Strategy } from '@millpond/contracts';
import { z } from 'zod';

/** Takes the candidates in turn, whatever their weights; `weighted-round-robin` is the one that honours them. */
export class RoundRobin implements Strategy {
  #candidates: readonly Candidate[] = [];
  #next = 0;

  /** The rotation goes on where it was: with whose turn it is or, if it has left, with the first after it that stays. */
  update(candidates: readonly Candidate[]): void {
    const upcoming = [...this.#candidates.slice(this.#next), ...this.#candidates.slice(0, this.#next)];
    const staying = new Set(candidates);
    const first = upcoming.find((candidate) => staying.has(candidate));
    this.#next = first === undefined ? 0 : candidates.indexOf(first);
    this.#candidates = candidates;
  }

  pick(): Candidate | undefined {
    const picked = this.#candidates[this.#next];
    this.#next = this.#next + 1 < this.#candidates.length ? this.#next + 1 : 0;
    return picked;
  }
}

/** The plugin `round-robin`; it has no options. */
export const roundRobin = definePlugin({
  kind: 'strategy',
  name: 'round-robin',
  apiVersion: 1,
  options: z.strictObject({}),
  create: () => new RoundRobin(),
});
