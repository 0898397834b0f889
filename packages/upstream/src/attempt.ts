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

/** What those get who wait for a connection to a backend and are to go to another one. */
export class TurnedAway extends Error {
  readonly why: SentAway;

  constructor(why: SentAway) {
    super(`The backend is ${why.outcome}.`);
    this.why = why;
  }
}
