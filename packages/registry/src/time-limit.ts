import type { Clock } from '@millpond/contracts';

/** How long something may take; see {@link withTimeLimit}. */
export interface TimeLimit {
  readonly clock: Clock;
  /** 0 is no limit. */
  readonly limitMs: number;
  /** Makes the error that it rejects with when time is up. */
  readonly expired: () => Error;
}

/** Settles as `work` does, or rejects once the limit has passed. What `work` comes to afterwards is ignored. */
export async function withTimeLimit<T>(work: Promise<T>, { clock, limitMs, expired }: TimeLimit): Promise<T> {
  if (limitMs === 0) return work;
  // Timers of the clock do not keep the process alive: without this one, a plugin that hangs while nothing else is open
  // would end the process without a word.
  const keepAlive = setInterval(() => {}, 2 ** 30);
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(() => {
      clearInterval(keepAlive);
      reject(expired());
    }, limitMs);
    const settled = (): void => {
      clock.clear(timer);
      clearInterval(keepAlive);
    };
    work.finally(settled).then(resolve, reject);
  });
}
