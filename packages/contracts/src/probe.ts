import type { Backend } from './backend.ts';
import type { ConnectOptions } from './connection.ts';

/** Checks whether a backend is well. Its host owns interval, jitter, time-out and thresholds. */
export interface Probe {
  /** Resolves when the backend is healthy, rejects with the reason when it is not. Must end soon after `signal` aborts. */
  check(backend: Backend, options: ConnectOptions): Promise<void>;
  /** Called once, last. */
  dispose?(): void | Promise<void>;
}
