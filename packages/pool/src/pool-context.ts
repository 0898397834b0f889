import type { Clock, Random } from '@millpond/contracts';
import { noOthers, object } from './option-checks.ts';
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

const NAMES = ['name', 'clock', 'random', 'observer'] satisfies (keyof PoolContext)[];

/** @throws ERR_POOL_INVALID_OPTION */
export function checkContext(context: PoolContext): void {
  object('context', context);
  noOthers(context, NAMES);
  if (context.observer !== undefined) object('observer', context.observer);
}
