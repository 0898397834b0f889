import type { Outcome } from './exchange.ts';

/** A backend as a strategy sees it. The same object stays the same backend; its figures change under it. */
export interface Candidate {
  /** The backend's stable id. */
  readonly id: string;
  /** Effective weight, above 0; slow start is already in it. */
  readonly weight: number;
  /** Exchanges under way. */
  readonly active: number;
  /** Requests that wait for a connection to it. */
  readonly queued: number;
  /** Moving average of the time to the first byte of an answer; 0 until there was one. */
  readonly latencyMs: number;
}

/** What is known of a request before a backend is chosen. Absent facts are undefined. */
export interface PickRequest {
  readonly clientAddress: string | undefined;
  /** An id of the client that the caller gives; it goes before the address where both are known. */
  readonly clientId: string | undefined;
  /** A request header by its lower-case name; the first where there are several. */
  header(name: string): string | undefined;
}

/** What {@link Strategy.pick} gets. Reused from call to call: read it, never keep it. */
export interface PickContext extends PickRequest {
  /** Whether this request has been tried on that candidate already. */
  tried(candidate: Candidate): boolean;
}

/**
 * Picks the backend for each request. One instance serves one priority level of one upstream in one process.
 *
 * The host calls {@link Strategy.update} before the first pick and whenever the set changes. It has left out what may
 * not be used, so a strategy never looks at health. If what was picked has been tried already or its gate refuses, the
 * host picks again, then takes any usable candidate.
 */
export interface Strategy {
  /** The set has changed: members, or their weights. The array is never modified afterwards; it may be empty. */
  update(candidates: readonly Candidate[]): void;
  /**
   * One of the candidates of the last update, or undefined if there are none. Called for every request: synchronous,
   * and it must not allocate.
   */
  pick(context: PickContext): Candidate | undefined;
  /** An exchange with that candidate has ended. `outcome` is reused: copy what you keep. */
  report?(candidate: Candidate, outcome: Outcome): void;
  /** Called once, last. */
  dispose?(): void;
}
