import type { CloseReason } from '@millpond/contracts';

/** A pool at one moment, and what it has done since it was made. Times are in milliseconds. */
export interface PoolStats {
  /** Resources that exist: active and idle ones. */
  readonly size: number;
  /** Resources that are lent. */
  readonly active: number;
  /** Resources that are not lent; those being validated, pinged or gathered for `acquireMany` are among them. */
  readonly idle: number;
  /** Callers that wait. */
  readonly pending: number;
  /** Resources that are being created. */
  readonly creating: number;
  readonly max: number;
  readonly minIdle: number;
  readonly maxIdle: number;
  /** Share of `max` that is lent, 0 to 1; above 1 while more is lent than a `max` that has become less. */
  readonly utilisation: number;
  /** Resources created so far. */
  readonly created: number;
  readonly createFailures: number;
  /** What all creations that succeeded took together. */
  readonly createTotalMs: number;
  /** Resources closed so far, by reason. */
  readonly destroyed: Readonly<Record<CloseReason, number>>;
  /** Leases given so far. */
  readonly acquired: number;
  /** Leases of a resource that had been lent before. */
  readonly reused: number;
  /** `reused` as a share of `acquired`, 0 to 1. */
  readonly reuseRate: number;
  /** Callers that had to wait, and are done waiting. */
  readonly waitCount: number;
  readonly waitTotalMs: number;
  /** Callers that waited in vain until their time-out. */
  readonly timeouts: number;
  /** Loans that were reported as leaks. */
  readonly leaks: number;
  /** Mean age at which resources were closed; 0 until one was. */
  readonly averageLifetimeMs: number;
}
