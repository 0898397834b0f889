import { PerformanceObserver } from 'node:perf_hooks';
import { setImmediate } from 'node:timers';
import { promisify } from 'node:util';
import { getHeapStatistics } from 'node:v8';

const WARM_UP_CALLS = 50_000;
const CALLS_PER_ROUND = 10_000;
const ROUNDS = 25;

const nextTurn = promisify(setImmediate);

/**
 * How many bytes one call of `call` leaves on the heap: the median of many rounds, without those in which the garbage
 * collector ran. Infinity if it ran in all of them.
 */
export async function bytesPerCall(call: () => void): Promise<number> {
  let collections = 0;
  const observer = new PerformanceObserver((list) => (collections += list.getEntries().length));
  observer.observe({ entryTypes: ['gc'] });
  try {
    for (let i = 0; i < WARM_UP_CALLS; i += 1) call();
    const quiet: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      // The observer is told of collections between turns of the event loop.
      // oxlint-disable-next-line no-await-in-loop
      await nextTurn();
      const collectionsBefore = collections;
      const bytes = growthOfOneRound(call);
      // oxlint-disable-next-line no-await-in-loop
      await nextTurn();
      if (collections === collectionsBefore) quiet.push(bytes / CALLS_PER_ROUND);
    }
    quiet.sort((a, b) => a - b);
    return quiet[Math.floor(quiet.length / 2)] ?? Infinity;
  } finally {
    observer.disconnect();
  }
}

function growthOfOneRound(call: () => void): number {
  const before = getHeapStatistics().used_heap_size;
  for (let i = 0; i < CALLS_PER_ROUND; i += 1) call();
  return getHeapStatistics().used_heap_size - before;
}
