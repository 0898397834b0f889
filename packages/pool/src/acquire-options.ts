import { abortSignal, milliseconds, noOthers, object, wholeNumber } from './option-checks.ts';
import { HIGHEST_PRIORITY } from './priority-line.ts';

/** How {@link Pool.acquire} is to behave. */
export interface PoolAcquireOptions {
  /** Aborting it takes the caller out of the queue; a resource that was being created for it goes to others. */
  readonly signal?: AbortSignal | undefined;
  /** How long to wait, in milliseconds; 0 is no limit. @defaultValue the pool's `acquireTimeoutMs` */
  readonly timeoutMs?: number;
  /**
   * A whole number from -4, the most urgent, to 4. More urgent callers are served first, but no more than eight times in
   * a row before the others have their turn. @defaultValue 0
   */
  readonly priority?: number;
}

const NAMES = ['signal', 'timeoutMs', 'priority'] satisfies (keyof PoolAcquireOptions)[];

/** @throws ERR_POOL_INVALID_OPTION */
export function checkAcquireOptions(options: PoolAcquireOptions): void {
  object('options', options);
  const { signal, timeoutMs = 0, priority = 0 } = options;
  noOthers(options, NAMES);
  if (signal !== undefined) abortSignal('signal', signal);
  if (timeoutMs !== 0) milliseconds('timeoutMs', timeoutMs);
  if (priority !== 0) wholeNumber('priority', priority, -HIGHEST_PRIORITY, HIGHEST_PRIORITY);
}
