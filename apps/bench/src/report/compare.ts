import type { CaseResult, Peer, PeerResult, Sample } from '../comparison.ts';
import { median } from './median.ts';

/** The rounds of one peer. */
export interface Rounds {
  readonly peer: Peer;
  readonly rounds: readonly Sample[];
}

/** What follows from the rounds of a case: medians, and ratios, which are medians of the ratios of each round. */
export function compare(all: readonly Rounds[]): Pick<CaseResult, 'reference' | 'bestNode' | 'results'> {
  const reference = all.find(({ peer }) => peer.role === 'reference');
  const bestNode = all
    .filter(({ peer }) => peer.role === 'node')
    .toSorted((a, b) => medianScore(a) - medianScore(b))
    .at(0);
  return {
    ...(reference && { reference: reference.peer.name }),
    ...(bestNode && { bestNode: bestNode.peer.name }),
    results: all.map((one) => resultOf(one, reference, bestNode)),
  };
}

function resultOf(one: Rounds, reference: Rounds | undefined, bestNode: Rounds | undefined): PeerResult {
  return {
    peer: one.peer.name,
    role: one.peer.role,
    rounds: one.rounds,
    median: medianSample(one.rounds),
    ...(reference && { toReference: ratio(one, reference) }),
    ...(bestNode && { toBestNode: ratio(one, bestNode) }),
  };
}

function medianScore({ rounds }: Rounds): number {
  return median(rounds.map(({ score }) => score));
}

/** What is measured at about the same time is compared; what is left of noise goes with the median. */
function ratio(one: Rounds, other: Rounds): number {
  return median(one.rounds.map(({ score }, round) => score / (other.rounds[round]?.score ?? Number.NaN)));
}

function medianSample(rounds: readonly Sample[]): Sample {
  const of = (read: (sample: Sample) => number | undefined): number | undefined => {
    const values = rounds.map(read).filter((value) => value !== undefined);
    return values.length === 0 ? undefined : median(values);
  };
  const optional = <Name extends keyof Sample>(name: Name): Partial<Record<Name, number>> => {
    const value = of((sample) => sample[name]);
    const found: Partial<Record<Name, number>> = {};
    if (value !== undefined) found[name] = value;
    return found;
  };
  return {
    score: of(({ score }) => score) ?? Number.NaN,
    count: of(({ count }) => count) ?? 0,
    failures: rounds.reduce((total, { failures }) => total + failures, 0),
    rssBytes: of(({ rssBytes }) => rssBytes) ?? 0,
    ...optional('requestsPerSecond'),
    ...optional('p50Us'),
    ...optional('p99Us'),
    ...optional('userUs'),
    ...optional('systemUs'),
    ...optional('bytesPerOperation'),
    ...optional('othersShare'),
  };
}
