import { setImmediate } from 'node:timers';
import { promisify } from 'node:util';
import { GCProfiler, getHeapStatistics } from 'node:v8';

const ATTEMPTS = 10;
const QUIET_ROUNDS = 25;
const MAX_ROUNDS = 100;
/** Few, so that what they allocate fits into the young generation, which is 1 MB at first. */
const CALLS_PER_ROUND = 200;

const WARM_UP_CALLS = 20_000;
/** A call that allocates much gets fewer calls to warm up: time is short, and the verdict clear. */
const MAX_WARM_UP_MS = 100;

const nextTurn = promisify(setImmediate);

/**
 * How many bytes one call of `call` allocates: the median of many rounds, without those in which the garbage collector
 * ran. Infinity if it ran in all of them.
 */
export async function bytesPerCall(call: () => void): Promise<number> {
  let fewest = Infinity;
  for (let attempt = 0; attempt < ATTEMPTS && fewest > 0; attempt += 1) {
    warmUp(call);
    // Code is compiled on another thread, which may be late on a busy machine: what counts is the best attempt.
    await nextTurn();
    fewest = Math.min(fewest, medianOfRounds(call));
  }
  return fewest;
}

function warmUp(call: () => void): void {
  const endsAt = performance.now() + MAX_WARM_UP_MS;
  for (let calls = 0; calls < WARM_UP_CALLS && performance.now() < endsAt; calls += CALLS_PER_ROUND) {
    for (let i = 0; i < CALLS_PER_ROUND; i += 1) call();
  }
}

function medianOfRounds(call: () => void): number {
  const quiet: number[] = [];
  let calls = CALLS_PER_ROUND;
  for (let round = 0; round < MAX_ROUNDS && quiet.length < QUIET_ROUNDS; round += 1) {
    const bytes = bytesOfRound(call, calls);
    if (bytes === undefined) calls = Math.ceil(calls / 2);
    else quiet.push(bytes / calls);
  }
  quiet.sort((a, b) => a - b);
  return quiet[Math.floor(quiet.length / 2)] ?? Infinity;
}

/** Undefined where the garbage collector ran. */
function bytesOfRound(call: () => void, calls: number): number | undefined {
  const collector = new GCProfiler();
  collector.start();
  // To look at the heap allocates too: as much as a round without calls.
  const [all = 0, byLooking = 0] = [calls, 0].map((count) => growth(call, count));
  return collector.stop().statistics.length === 0 ? all - byLooking : undefined;
}

function growth(call: () => void, calls: number): number {
  const before = getHeapStatistics().used_heap_size;
  for (let i = 0; i < calls; i += 1) call();
  return getHeapStatistics().used_heap_size - before;
}
