import type { Clock } from '@millpond/contracts';

/** Time as it really passes; none of its timers keeps the process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs).unref(),
  setInterval: (callback, intervalMs) => setInterval(callback, intervalMs).unref(),
  clear: (timer) => {
    if ('close' in timer && typeof timer.close === 'function') timer.close();
  },
};
