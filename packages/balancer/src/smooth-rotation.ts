import type { Candidate } from '@millpond/contracts';

/**
 * Smooth weighted round robin, the algorithm of nginx (`ngx_http_upstream_get_peer`): at each turn everyone on offer
 * earns its weight, the richest is taken and pays what all have earned. Over as many turns as the sum of the weights
 * each is taken exactly as often as its weight says, and never in a lump.
 *
 * A turn: {@link SmoothRotation.offer} for each candidate that may be taken, then {@link SmoothRotation.take}.
 */
export class SmoothRotation {
  #candidates: readonly Candidate[] = [];
  /** What each candidate has saved; they always sum up to 0, but for rounding. */
  #credits = new Float64Array(0);
  #totalWeight = 0;
  #earned = 0;
  #richest = -1;

  /** Starts a new set. Those who stay keep their credit, measured in turns, so that changes do not start it anew. */
  update(candidates: readonly Candidate[]): void {
    const totalWeight = candidates.reduce((sum, { weight }) => sum + weight, 0);
    const scale = this.#totalWeight === 0 ? 0 : totalWeight / this.#totalWeight;
    const saved = new Map(this.#candidates.map((candidate, index) => [candidate, this.#credits[index]]));
    const credits = Float64Array.from(candidates, (candidate) => (saved.get(candidate) ?? 0) * scale);
    // What those who have left saved or owed falls to those who stay.
    const surplus = credits.reduce((sum, credit) => sum + credit, 0) / credits.length;
    this.#credits = surplus === 0 ? credits : credits.map((credit) => credit - surplus);
    this.#candidates = candidates;
    this.#totalWeight = totalWeight;
  }

  /** Puts the candidate at `index` of the last update on offer for this turn. */
  offer(index: number, weight: number): void {
    const credit = (this.#credits[index] ?? 0) + weight;
    this.#credits[index] = credit;
    this.#earned += weight;
    if (this.#richest === -1 || credit > (this.#credits[this.#richest] ?? 0)) this.#richest = index;
  }

  /** Ends the turn. Undefined if none was on offer. */
  take(): Candidate | undefined {
    const richest = this.#richest;
    if (richest === -1) return undefined;
    this.#credits[richest] = (this.#credits[richest] ?? 0) - this.#earned;
    this.#earned = 0;
    this.#richest = -1;
    return this.#candidates[richest];
  }
}
