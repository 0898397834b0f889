import type { Clock } from '@millpond/contracts';
import { LONGEST_DELAY_MS } from './option-checks.ts';

/** Time as it really passes; none of its timers keeps the process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, Math.min(delayMs, LONGEST_DELAY_MS)).unref(),
  setInterval: (callback, intervalMs) => setInterval(callback, Math.min(intervalMs, LONGEST_DELAY_MS)).unref(),
  clear: (timer) => {
    if ('close' in timer && typeof timer.close === 'function') timer.close();
  },
};
