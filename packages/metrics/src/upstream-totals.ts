import type { ErrorType } from './error-type.ts';

/** What an upstream has done since the start, for log lines. */
export interface UpstreamTotals {
  /** Exchanges with its backends that ended. */
  readonly requests: number;
  /** The same by the id of the backend; those that were removed are left out. */
  readonly requestsByBackend: Readonly<Record<string, number>>;
  /** What went wrong, by {@link ErrorType}, retries that the client did not notice included; only what happened is listed. */
  readonly errorsByType: Readonly<Partial<Record<ErrorType, number>>>;
  /** Passed on to backends. */
  readonly bytesIn: number;
  /** Received from backends. */
  readonly bytesOut: number;
  /** Active health checks. */
  readonly probes: { readonly checks: number; readonly successes: number };
}

/** The running figures behind {@link UpstreamTotals}. */
export class UpstreamTally {
  readonly errors: Partial<Record<ErrorType, number>> = {};
  requests = 0;
  bytesIn = 0;
  bytesOut = 0;
  checks = 0;
  successes = 0;

  countError(type: ErrorType): void {
    this.errors[type] = (this.errors[type] ?? 0) + 1;
  }
}
