import type { Case, Peer } from './comparison.ts';
import type { Workshop } from './system/workshop.ts';

/** A family of cases with the peers that are compared in them. */
export interface Suite {
  /** What the command line calls it. */
  readonly name: string;
  /** In the order of the tables. */
  readonly peers: readonly Peer[];
  readonly caseIds: readonly string[];
  /** Those that give a first impression. */
  readonly quickCaseIds: readonly string[];
  /** Packages from npm whose versions belong into the report. */
  readonly packages: readonly string[];
  /**
   * Starts what the cases share.
   *
   * @param seconds - how long a round takes
   * @throws BenchError - a program is missing that no case can do without
   */
  prepare(workshop: Workshop, seconds: number): Promise<readonly Case[]>;
}
