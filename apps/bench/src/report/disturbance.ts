import type { CaseResult } from '../comparison.ts';

/** Below this, others are what is always there: timers of the kernel, and the rounding of ticks. */
const NOTABLE_SHARE = 0.05;

/** Says so when the machine had more to do than this; undefined when it had not. */
export function disturbanceOf({ results }: CaseResult): string | undefined {
  const share = Math.max(0, ...results.map(({ median }) => median.othersShare ?? 0));
  if (share <= NOTABLE_SHARE) return undefined;
  const percent = Math.round(share * 100);
  return `The machine was busy: others had up to ${percent} % of the proxy's core, so these figures are provisional.`;
}
