import { seededRandom } from '@millpond/testkit';
import { describe, expect, it } from 'vitest';
import { setUp } from '../test/pool-fixture.ts';
import { simulate } from '../test/simulate.ts';
import type { Trace } from '../test/simulate.ts';
import { DemandPurge } from './demand-purge.ts';
import { HoltForecast } from './holt.ts';
import { AdaptiveSize } from './index.ts';

const SECONDS = 180;

/** Two minutes up and one down; a sudden jump every minute that lasts for 15 seconds; up and down every minute. */
const traces: Readonly<Record<string, Trace>> = {
  ramp: (second) => (second < 120 ? 4 + second / 2 : 64 - (second - 120)),
  spike: (second) => (second % 60 < 45 ? 5 : 40),
  sine: (second) => 25 - 20 * Math.cos((2 * Math.PI * second) / 60),
};

describe('AdaptiveSize', () => {
  it.each([
    ['ramp', 0.4, 1.2],
    ['spike', 0.9, 1.3],
    ['sine', 0.2, 1.2],
  ])('shortens waits on a %s, for a bounded number of further resources', async (name, waits, held) => {
    const trace = traces[name] ?? (() => 0);
    const fixed = await simulate(trace, SECONDS, false);
    const adaptive = await simulate(trace, SECONDS, true);
    expect(adaptive.waitMs / fixed.waitMs).toBeLessThan(waits);
    expect(adaptive.held / fixed.held).toBeLessThan(held);
  });

  it('leaves the pool with its own minIdle when nothing is wanted any more', async () => {
    const { pool, clock } = setUp({ max: 20, minIdle: 1, idleTimeoutMs: 0, maxLifetimeMs: 0 });
    using _ = new AdaptiveSize(pool, {}, { clock });
    const leases = await pool.acquireMany(15);
    await clock.advance(10_000);
    for (const lease of leases) lease.release();
    await clock.advance(120_000);
    expect(pool.stats()).toMatchObject({ size: 1, minIdle: 1 });
  });

  it('ends with the pool', async () => {
    const { pool, clock } = setUp();
    using _ = new AdaptiveSize(pool, {}, { clock });
    await pool.drain();
    await clock.advance(1000);
    expect(clock.pending).toBe(0);
  });

  it.each([{ headroom: -1 }, { levelWeight: 2 }, { purgeEvery: 0 }, { minIdle: 0.5 }, { intervalMs: -1 }])(
    'checks its options: %o',
    (options) => {
      const { pool } = setUp();
      expect(() => new AdaptiveSize(pool, options)).toThrow(
        expect.objectContaining({ code: 'ERR_POOL_INVALID_OPTION' }),
      );
    },
  );
});

describe('HoltForecast', () => {
  it('goes on along a straight line', () => {
    const forecast = new HoltForecast({ levelWeight: 0.6, trendWeight: 0.3 });
    expect(forecast.ahead(1)).toBe(0);
    for (let step = 0; step < 60; step += 1) forecast.observe(10 + 2 * step);
    expect(forecast.ahead(1)).toBeCloseTo(130, 1);
    expect(forecast.ahead(3)).toBeCloseTo(134, 1);
  });

  it('stays where the values do, noise or not', () => {
    const forecast = new HoltForecast({ levelWeight: 0.3, trendWeight: 0.1 });
    const random = seededRandom(3);
    for (let step = 0; step < 200; step += 1) forecast.observe(9 + 2 * random());
    expect(Math.abs(forecast.ahead(2) - 10)).toBeLessThan(1);
  });
});

describe('DemandPurge', () => {
  it('closes half of what was not needed, and lets go of an earlier peak by halves', () => {
    const purge = new DemandPurge();
    expect(purge.excess(40, 40)).toBe(0);
    expect(purge.excess(40, 0)).toBe(0);
    expect(purge.excess(40, 0)).toBe(10);
    expect(purge.excess(30, 0)).toBe(10);
    expect(purge.excess(20, 8)).toBe(6);
  });
});
