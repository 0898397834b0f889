import type { Clock, Random } from '@millpond/contracts';
import type { PoolObserver } from './pool-observer.ts';

/** What a pool takes from its surroundings. */
export interface PoolContext {
  /** Tells it from others, on `node:diagnostics_channel`. @defaultValue 'pool' */
  readonly name?: string;
  /** @defaultValue the system's */
  readonly clock?: Clock;
  /** @defaultValue Math.random */
  readonly random?: Random;
  readonly observer?: PoolObserver;
}
