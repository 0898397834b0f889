import type { Connection } from '@millpond/contracts';
import type { PoolLease } from '@millpond/pool';

import type { Dialled } from './dialler.ts';

/** How an attempt to get a connection to one backend ended, where trying another one makes sense or is not needed. */
export type Attempt<C extends Connection> =
  { readonly outcome: 'lent'; readonly pooled: PoolLease<Dialled<C>> } | SentAway;

/**
 * `unreachable`: no connection could be made; `full`: too many wait for one already; `moved`: the backend may not be used
 * any more, for some other reason.
 */
export type SentAway =
  { readonly outcome: 'unreachable' | 'full'; readonly failure: unknown } | { readonly outcome: 'moved' };

/** One caller that waits for a connection to a backend. Its own signal takes it away, or the upstream does. */
export class WaitingCaller {
  readonly #leave = new AbortController();
  readonly #callerSignal: AbortSignal | undefined;
  readonly #onAbort = () => this.#leave.abort();
  #sentAway: SentAway | undefined;

  constructor(callerSignal: AbortSignal | undefined) {
    this.#callerSignal = callerSignal;
    callerSignal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Aborts when it is to leave the queue. */
  get signal(): AbortSignal {
    return this.#leave.signal;
  }

  /** Why it was sent to another backend, if it was. */
  get sentAway(): SentAway | undefined {
    return this.#sentAway;
  }

  sendAway(why: SentAway): void {
    this.#sentAway ??= why;
    this.#leave.abort();
  }

  /** Called once, when it waits no longer. */
  end(): void {
    this.#callerSignal?.removeEventListener('abort', this.#onAbort);
  }
}
