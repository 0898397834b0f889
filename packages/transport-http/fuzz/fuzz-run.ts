import { Dice } from './dice.ts';
import { shrink } from './shrink.ts';
import type { Finding, FuzzCase, FuzzTarget } from './target.ts';

/** What a run came to. */
export interface FuzzReport {
  readonly target: string;
  readonly cases: number;
  readonly accepted: number;
  /** How often each known difference was met. */
  readonly known: ReadonlyMap<string, number>;
  readonly found: Found | undefined;
}

/** A finding, as small as it could be made. */
export interface Found {
  /** Which case of the run it was. */
  readonly number: number;
  readonly text: string;
  readonly finding: Finding;
}

/**
 * Tries one case after the other, up to the first finding.
 *
 * @param seed - the same cases for the same seed
 * @param goesOn - asked before each case
 */
export async function fuzz(
  target: FuzzTarget,
  { seed, goesOn }: { readonly seed: number; readonly goesOn: (cases: number) => boolean },
): Promise<FuzzReport> {
  const known = new Map<string, number>();
  let cases = 0;
  let accepted = 0;
  let found: Found | undefined;
  for (; found === undefined && goesOn(cases); cases++) {
    const salt = (Math.imul(cases, 0x9e3779b1) ^ seed) >>> 0;
    const fuzzCase = { text: target.generate(new Dice(salt)), salt };
    const verdict = await target.check(fuzzCase);
    if (verdict.kind === 'accepted') accepted++;
    else if (verdict.kind === 'known') known.set(verdict.name, (known.get(verdict.name) ?? 0) + 1);
    else if (verdict.kind === 'finding') found = await shrunk(target, fuzzCase, verdict, cases);
  }
  return { target: target.name, cases, accepted, known, found };
}

async function shrunk(target: FuzzTarget, { text, salt }: FuzzCase, first: Finding, number: number): Promise<Found> {
  let finding = first;
  const smallest = await shrink(text, async (candidate) => {
    const verdict = await target.check({ text: candidate, salt });
    if (verdict.kind !== 'finding' || verdict.what !== first.what) return false;
    finding = verdict;
    return true;
  });
  return { number, text: smallest, finding };
}
