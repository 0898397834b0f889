import { GCProfiler, getHeapStatistics } from 'node:v8';
import type { Sample } from '../comparison.ts';
import { median } from '../report/median.ts';

/** Does something so many times. */
export type Work = (times: number) => Promise<void>;

const BATCH = 2000;
/** Few, so that what they allocate fits into the young generation of the heap. */
const BYTES_BATCH = 300;
const BYTES_ROUNDS = 20;

/** Runs it until its code is compiled. */
export async function warmUp(work: Work): Promise<void> {
  for (let batch = 0; batch < 20; batch += 1) await work(BATCH);
}

/** How long one takes, as the median of many batches, and what it allocates. */
export async function measure(work: Work, seconds: number): Promise<Sample> {
  const times: number[] = [];
  const endsAt = performance.now() + seconds * 1000;
  while (performance.now() < endsAt) {
    const startedAt = performance.now();
    await work(BATCH);
    times.push(((performance.now() - startedAt) * 1e6) / BATCH);
  }
  const bytesPerOperation = await allocation(work);
  return { score: median(times), count: times.length * BATCH, failures: 0, rssBytes: Number.NaN, bytesPerOperation };
}

/** Bytes that one allocates: the median of rounds in which the garbage collector did not run. */
async function allocation(work: Work): Promise<number> {
  const quiet: number[] = [];
  for (let round = 0; round < BYTES_ROUNDS; round += 1) {
    const collector = new GCProfiler();
    collector.start();
    const before = getHeapStatistics().used_heap_size;
    await work(BYTES_BATCH);
    const after = getHeapStatistics().used_heap_size;
    if (collector.stop().statistics.length === 0) quiet.push((after - before) / BYTES_BATCH);
  }
  return median(quiet);
}
