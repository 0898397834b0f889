import { tracingChannel } from 'node:diagnostics_channel';
import type { TracingChannel } from 'node:diagnostics_channel';
import type { PoolAcquireOptions } from './acquire-options.ts';

/** What subscribers of `millpond:pool:acquire` get, the same object for each event of one call. */
export interface AcquireTrace {
  readonly pool: string;
  /** How many resources the caller wants. */
  readonly count: number;
  readonly priority: number;
  /** The lease, or the leases; there at `asyncStart` and `asyncEnd` of one that was served. */
  result?: unknown;
  /** There from `error` on. */
  error?: unknown;
}

/** Calls of `acquire` and `acquireMany` as tracers want them: one span each, in the context of its caller. */
export class AcquireTracing {
  readonly #pool: string;
  readonly #channel: TracingChannel<unknown, AcquireTrace> = tracingChannel('millpond:pool:acquire');

  constructor(pool: string) {
    this.#pool = pool;
  }

  /** Whether anybody listens. To be asked first: {@link AcquireTracing.trace} costs a promise. */
  get isOn(): boolean {
    const { start, end, asyncStart, asyncEnd, error } = this.#channel;
    // Not the channel's own `hasSubscribers`, which goes through their names by a closure each time.
    return (
      start.hasSubscribers ||
      asyncEnd.hasSubscribers ||
      error.hasSubscribers ||
      asyncStart.hasSubscribers ||
      end.hasSubscribers
    );
  }

  /** @param options - not checked yet */
  trace<R>(count: number, options: PoolAcquireOptions | null, acquire: () => Promise<R>): Promise<R> {
    const priority = options?.priority ?? 0;
    return this.#channel.tracePromise(acquire, { pool: this.#pool, count, priority });
  }
}
