import type { CaseResult } from '../comparison.ts';
import type { Machine } from './machine.ts';

/** Everything that a run found out. */
export interface Report {
  readonly suite: string;
  /** ISO 8601. */
  readonly takenAt: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly machine: Machine;
  readonly cases: readonly CaseResult[];
}
