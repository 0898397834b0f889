/** Where a peer stands: what is tested, what it is held against, and the others, of which those on Node are rivals too. */
export type Role = 'ours' | 'reference' | 'node' | 'native';

/** One of those that are compared. */
export interface Peer {
  readonly name: string;
  readonly role: Role;
}

/** What one round showed of one peer. Lower scores are better. */
export interface Sample {
  /** The figure that peers are compared by, in the unit of the case. */
  readonly score: number;
  /** How many requests or connections it rests on. */
  readonly count: number;
  /** Errors of sockets, and answers that should have been others. */
  readonly failures: number;
  /** Resident memory at the end of the round. */
  readonly rssBytes: number;
  readonly requestsPerSecond?: number;
  readonly p50Us?: number;
  readonly p99Us?: number;
  /** Time on the processor for each request or megabyte, as the case has it. */
  readonly userUs?: number;
  readonly systemUs?: number;
  /** What one operation leaves to the garbage collector. */
  readonly bytesPerOperation?: number;
  /** The share of the proxy's processor that other processes had; a round in which it is high says little. */
  readonly othersShare?: number;
}

/** One peer in one case, running and found to answer as it should. Whoever began it stops it; the peer may go on. */
export interface Trial {
  /** Puts load on it until its code is compiled; may be called before the first measurement alone. */
  warmUp(): Promise<void>;
  measure(): Promise<Sample>;
  stop(): Promise<void>;
}

/** Something that peers are compared in. */
export interface Case<Id extends string = string> {
  readonly id: Id;
  /** What is done, in a few words. */
  readonly title: string;
  /** What the score says, with its unit. */
  readonly score: string;
  /** For cases whose second round would say something else than their first. */
  readonly maxRounds?: number;
  /**
   * Starts a peer and checks what it answers.
   *
   * @throws Error - it is not there, cannot do this, or answers wrongly; the message is the reason that is reported
   */
  begin(peer: string): Promise<Trial>;
}

/** What was measured of one peer in one case. */
export interface PeerResult {
  readonly peer: string;
  readonly role: Role;
  readonly rounds: readonly Sample[];
  /** Of each figure on its own. */
  readonly median: Sample;
  /** Median over the rounds of its score divided by that of the reference. */
  readonly toReference?: number;
  /** The same by the best peer on Node that is not ours. */
  readonly toBestNode?: number;
}

/** A peer that could not be measured. */
export interface Absence {
  readonly peer: string;
  readonly reason: string;
}

/** What came out of a case. */
export interface CaseResult {
  readonly id: string;
  readonly title: string;
  readonly score: string;
  readonly reference?: string;
  readonly bestNode?: string;
  readonly results: readonly PeerResult[];
  readonly absent: readonly Absence[];
}
