import type { CloseReason } from '@millpond/contracts';

/** A loan that lasts suspiciously long. */
export interface LeakReport {
  /** For how long it has lasted. */
  readonly heldMs: number;
  /** The stack of whoever asked for the resource. */
  readonly stack: string;
}

/** Gets what happens in a pool. Every method is optional. What one throws harms no pool: it is an uncaught exception. */
export interface PoolObserver {
  /** A resource was created, which took `createMs`. */
  created?(createMs: number): void;
  /** A resource could not be created. */
  createFailed?(error: unknown): void;
  /** A resource left the pool. `cause` is what its last user gave as the reason, if anything. */
  destroyed?(reason: CloseReason, lifetimeMs: number, cause?: unknown): void;
  /** The factory failed to close a resource, which has left the pool nevertheless. */
  destroyFailed?(error: unknown): void;
  /** A caller had to wait, and was served or gave up after `waitMs`. */
  waitEnded?(waitMs: number, served: boolean): void;
  /** A loan has ended, after `useMs`. Loans are timed only where this is given. */
  returned?(useMs: number): void;
  /** A loan lasts longer than `leakThresholdMs`. */
  leaked?(leak: LeakReport): void;
}
