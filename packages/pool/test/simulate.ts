import { ManualClock, seededRandom } from '@millpond/testkit';
import { AdaptiveSize, Pool } from '../src/index.ts';
import type { PoolLease } from '../src/index.ts';

/** How many resources are in use at once, on average, at each second. */
export type Trace = (second: number) => number;

/** What came of a run. */
export interface Simulation {
  /** What all callers waited together. */
  readonly waitMs: number;
  readonly served: number;
  /** Resources that existed, on average. */
  readonly held: number;
}

const STEP_MS = 100;
const USE_STEPS = 5;
const CONNECT_MS = 250;

/**
 * Plays a trace to a pool on a manual clock: callers come as often as the trace has it, more or less by chance, and each
 * holds a resource for half a second. To create one takes a quarter of a second. `minIdle` is 2, idle ones go after 10 s.
 */
export async function simulate(trace: Trace, seconds: number, isAdaptive: boolean): Promise<Simulation> {
  const clock = new ManualClock();
  const random = seededRandom(7);
  let waitMs = 0;
  let served = 0;
  let held = 0;
  const create = () => new Promise<object>((resolve) => void clock.setTimeout(() => resolve({}), CONNECT_MS));
  const observer = { waitEnded: (ms: number) => (waitMs += ms) };
  const options = { max: 100, minIdle: 2, idleTimeoutMs: 10_000, acquireTimeoutMs: 0 };
  const pool = new Pool({ create, destroy: () => {} }, options, { clock, random: seededRandom(8), observer });
  if (isAdaptive) void new AdaptiveSize(pool, {}, { clock });
  const use = (lease: PoolLease<object>) => {
    served += 1;
    clock.setTimeout(() => lease.release(), STEP_MS * USE_STEPS);
  };
  const steps = (seconds * 1000) / STEP_MS;
  for (let step = 0; step < steps; step += 1) {
    const wanted = (trace((step * STEP_MS) / 1000) / USE_STEPS) * (0.7 + 0.6 * random());
    const callers = Math.floor(wanted + random());
    for (let caller = 0; caller < callers; caller += 1) void pool.acquire().then(use);
    await clock.advance(STEP_MS);
    held += pool.stats().size;
  }
  await pool.drain({ timeoutMs: 0 });
  return { waitMs, served, held: held / steps };
}
