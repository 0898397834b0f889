import type { Clock, Random } from '@millpond/contracts';
import { Pool, type PoolLease } from '@millpond/pool';

/** The right to one exchange, whatever the backend. */
export type Place = PoolLease<object>;

/** What {@link createPlaces} needs. */
export interface PlacesOptions {
  readonly max: number;
  /** As for connections: how many may wait for a place, and how long. */
  readonly maxWaiting?: number | undefined;
  readonly acquireTimeoutMs: number;
  readonly clock: Clock;
  readonly random: Random;
}

/** The places of an upstream for exchanges, on all of its backends together: a pool of nothing, for its queue. */
export function createPlaces(options: PlacesOptions): Pool<object> {
  const { max, maxWaiting, acquireTimeoutMs, clock, random } = options;
  return new Pool<object>(
    { create: async () => ({}), destroy: () => undefined },
    { max, acquireTimeoutMs, idleTimeoutMs: 0, maxLifetimeMs: 0, ...(maxWaiting !== undefined && { maxWaiting }) },
    { clock, random },
  );
}
