import type { CaseResult, PeerResult } from '../comparison.ts';
import { figure } from './cells.ts';
import type { Cells } from './cells.ts';

/** One row for each case: what ours needs, what the others need, and how they stand to each other. */
export function summaryOf(cases: readonly CaseResult[]): Cells {
  const reference = cases.find((one) => one.reference !== undefined)?.reference ?? '–';
  const native = cases.flatMap(({ results }) => results).find(({ role }) => role === 'native')?.peer;
  return {
    head: [
      'case',
      'score',
      'millpond',
      reference,
      ...(native === undefined ? [] : [native]),
      'best on Node',
      `× ${reference}`,
      '× best on Node',
    ],
    rows: cases.map((one) => {
      const ours = one.results.find(({ role }) => role === 'ours');
      const best = one.results.find(({ peer }) => peer === one.bestNode);
      return [
        one.id,
        one.score,
        scoreOf(ours),
        scoreOf(one.results.find(({ peer }) => peer === reference)),
        ...(native === undefined ? [] : [scoreOf(one.results.find(({ peer }) => peer === native))]),
        best === undefined ? '–' : `${scoreOf(best)} (${best.peer})`,
        ours?.toReference?.toFixed(2) ?? '–',
        ours?.toBestNode?.toFixed(2) ?? '–',
      ];
    }),
  };
}

function scoreOf(result: PeerResult | undefined): string {
  return result === undefined ? '–' : figure(result.median.score);
}
