import { performance } from 'node:perf_hooks';
import type { Clock } from '@millpond/contracts';

/** 24.8 days: the longest delay of a timer. Node takes a longer one for 1 ms. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** Time as it really passes; none of its timers keeps the process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, Math.min(delayMs, MAX_DELAY_MS)).unref(),
  setInterval: (callback, intervalMs) => setInterval(callback, Math.min(intervalMs, MAX_DELAY_MS)).unref(),
  clear: (timer) => {
    if ('close' in timer && typeof timer.close === 'function') timer.close();
  },
};
