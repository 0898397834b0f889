import type { Backend } from './backend.ts';
import type { ConnectOptions } from './connection.ts';

/** How a backend is to be checked. */
export interface CheckOptions extends ConnectOptions {
  /** The backend wants a header of the PROXY protocol first; it speaks of nobody, since no client asks. @defaultValue none */
  readonly proxyProtocol?: 'v1' | 'v2';
}

/** Checks whether a backend is well. Its host owns interval, jitter, time-out and thresholds. */
export interface Probe {
  /** Resolves when the backend is healthy, rejects with the reason when it is not. Must end soon after `signal` aborts. */
  check(backend: Backend, options: CheckOptions): Promise<void>;
  /** Called once, last. */
  dispose?(): void | Promise<void>;
}
