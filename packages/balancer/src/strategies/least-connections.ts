import { definePlugin } from '@millpond/contracts';
import type { Candidate, PickContext, Strategy } from '@millpond/contracts';
import { z } from 'zod';
import { SmoothRotation } from '../smooth-rotation.ts';

/**
 * Picks the candidate with the least to do for its weight: exchanges under way plus requests that wait, divided by the
 * weight. Among equals, an idle set above all, it rotates by weight, so that short exchanges spread too.
 */
export class LeastConnections implements Strategy {
  readonly #rotation = new SmoothRotation();
  #candidates: readonly Candidate[] = [];

  update(candidates: readonly Candidate[]): void {
    this.#candidates = candidates;
    this.#rotation.update(candidates);
  }

  pick(context: PickContext): Candidate | undefined {
    const picked = this.#leastBusy(undefined);
    if (picked === undefined || !context.tried(picked)) return picked;
    return this.#leastBusy(context) ?? picked;
  }

  /** @param context - where given, candidates that it says were tried are left out */
  #leastBusy(context: PickContext | undefined): Candidate | undefined {
    let least: Candidate | undefined;
    for (let i = 0; i < this.#candidates.length; i += 1) {
      const candidate = this.#candidates[i];
      if (candidate === undefined || context?.tried(candidate) === true) continue;
      if (least === undefined || compareLoad(candidate, least) < 0) least = candidate;
    }
    if (least === undefined) return undefined;
    for (let i = 0; i < this.#candidates.length; i += 1) {
      const candidate = this.#candidates[i];
      if (candidate === undefined || context?.tried(candidate) === true) continue;
      if (compareLoad(candidate, least) === 0) this.#rotation.offer(i, candidate.weight);
    }
    return this.#rotation.take();
  }
}

/** Multiplied crosswise: exact for whole weights, where quotients would be rounded. */
function compareLoad(a: Candidate, b: Candidate): number {
  return (a.active + a.queued) * b.weight - (b.active + b.queued) * a.weight;
}

/** The plugin `least-connections`; it has no options. */
export const leastConnections = definePlugin({
  kind: 'strategy',
  name: 'least-connections',
  apiVersion: 1,
  options: z.strictObject({}),
  create: () => new LeastConnections(),
});
