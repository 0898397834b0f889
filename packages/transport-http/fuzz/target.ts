import type { Dice } from './dice.ts';

/** One thing to be tried. */
export interface FuzzCase {
  /** One byte per character. */
  readonly text: string;
  /** What else there is to choose (the method that is answered, where to cut) follows from it. */
  readonly salt: number;
}

/** Two that should agree, and do not. */
export interface Finding {
  readonly kind: 'finding';
  /** What is wrong: the same words for the same kind of fault, so that a case can be shrunk. */
  readonly what: string;
  readonly ours: unknown;
  readonly theirs: unknown;
}

/**
 * - `refused`: by ours, or more of it is awaited; anyone else may do as they like;
 * - `accepted`: and everyone agrees about it;
 * - `known`: accepted, and there is a difference that is right; see known-differences.ts.
 */
export type Verdict =
  | { readonly kind: 'refused' }
  | { readonly kind: 'accepted' }
  | { readonly kind: 'known'; readonly name: string }
  | Finding;

export const REFUSED: Verdict = { kind: 'refused' };
export const ACCEPTED: Verdict = { kind: 'accepted' };

/** Makes a finding; `ours` and `theirs` should be what can be shown as JSON. */
export function finding(what: string, ours: unknown, theirs: unknown): Finding {
  return { kind: 'finding', what, ours, theirs };
}

/** One of the things that are fuzzed. */
export interface FuzzTarget {
  readonly name: string;
  generate(dice: Dice): string;
  /** Must say the same for the same case whenever it is asked. */
  check(fuzzCase: FuzzCase): Verdict | Promise<Verdict>;
}
