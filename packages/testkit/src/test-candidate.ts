import type { Candidate } from '@millpond/contracts';

/** A candidate whose figures a test sets. */
export interface TestCandidate extends Candidate {
  weight: number;
  active: number;
  queued: number;
  latencyMs: number;
}

/** A candidate of weight 1 with nothing to do, but for what `figures` says. */
export function testCandidate(id: string, figures?: Partial<Omit<TestCandidate, 'id'>>): TestCandidate {
  return { id, weight: 1, active: 0, queued: 0, latencyMs: 0, ...figures };
}
