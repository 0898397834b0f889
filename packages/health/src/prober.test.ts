import type { BackendRef, Probe } from '@millpond/contracts';
import { ManualClock, seededRandom } from '@millpond/testkit';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Prober } from './prober.ts';
import type { ProberOptions } from './prober-options.ts';

function backendRef(id: string): BackendRef {
  const url = `http://${id}.test`;
  return { upstream: 'web', backend: { id, url, address: { host: `${id}.test`, port: 80 }, weight: 1, priority: 0 } };
}

const a = backendRef('a');
const failure = new Error('refused');

/** A prober whose checks end as the test says, and without chance: the first at once, then exactly at the interval. */
function setUp(options: ProberOptions = {}, check: Probe['check'] = () => Promise.resolve()) {
  const clock = new ManualClock();
  const context = {
    clock,
    healthy: true,
    started: [] as number[],
    results: [] as boolean[],
    observed: [] as unknown[],
  };
  const probe: Probe = {
    check: async (...args) => {
      context.started.push(clock.now());
      await check(...args);
      if (!context.healthy) throw failure;
    },
  };
  const prober = new Prober(
    probe,
    { jitter: 0, ...options },
    {
      clock,
      random: () => 0,
      observer: {
        probeEnded: (ref, healthy, durationMs, error) => context.observed.push([ref, healthy, durationMs, error]),
      },
    },
  );
  const add = (ref = a) => prober.add(ref, (up) => context.results.push(up));
  return Object.assign(context, { prober, add });
}

describe('Prober', () => {
  it('lets the first check decide alone, down as well as up', async () => {
    const context = setUp();
    context.healthy = false;
    context.add();
    await context.clock.advance(1);
    expect(context.results).toEqual([false]);

    const other = setUp();
    other.add();
    await other.clock.advance(1);
    expect(other.results).toEqual([true]);
  });

  it('turns a backend down after the third failure in a row, then checks each second, and up after two successes', async () => {
    const context = setUp();
    context.add();
    await context.clock.advance(1);
    context.healthy = false;
    await context.clock.advance(10_000);
    expect(context.results).toEqual([true]);
    await context.clock.advance(5000);
    expect(context.results).toEqual([true, false]);

    context.healthy = true;
    await context.clock.advance(1000);
    expect(context.results).toEqual([true, false]);
    await context.clock.advance(1000);
    expect(context.results).toEqual([true, false, true]);
    expect(context.started).toEqual([1, 5001, 10_001, 15_001, 16_001, 17_001]);
  });

  it('starts to count anew when a result breaks the row', async () => {
    const context = setUp({ intervalMs: 1000 });
    context.add();
    await context.clock.advance(1);
    for (const healthy of [false, false, true, false, false]) {
      context.healthy = healthy;
      await context.clock.advance(1000);
    }
    expect(context.results).toEqual([true, true]);
  });

  it('tells each success of a backend that is up, so that a connect failure ends with the next one', async () => {
    const context = setUp();
    context.add();
    await context.clock.advance(10_001);
    expect(context.results).toEqual([true, true, true]);
  });

  it('checks a suspected backend at once, then each second until a success', async () => {
    const context = setUp();
    context.add();
    await context.clock.advance(2000);
    context.healthy = false;
    context.prober.suspect(a);
    context.prober.suspect(a);
    await context.clock.advance(1001);
    expect(context.started).toEqual([1, 2001, 3001]);

    context.healthy = true;
    await context.clock.advance(6000);
    expect(context.started.slice(3)).toEqual([4001, 9001]);
  });

  it('fails a check that hangs after its time-out, aborts it, and goes on to the next', async () => {
    const reasons: unknown[] = [];
    const context = setUp({ timeoutMs: 2000 }, (_backend, { signal }) => {
      signal.addEventListener('abort', () => reasons.push(signal.reason));
      return new Promise(() => {});
    });
    context.add();
    await context.clock.advance(2001);
    expect(context.results).toEqual([false]);
    expect(reasons).toEqual([expect.objectContaining({ code: 'ERR_PROBE_TIMEOUT' })]);
    expect(context.observed).toEqual([[a, false, 2000, reasons[0]]]);

    await context.clock.advance(2001);
    expect(context.prober.stats()).toEqual({ checks: 2, successes: 0 });
  });

  it('ignores the late result of a check that has timed out', async () => {
    const context = setUp({}, () => new Promise((resolve) => context.clock.setTimeout(() => resolve(), 2500)));
    context.add();
    await context.clock.advance(10_000);
    expect(context.prober.stats().successes).toBe(0);
    expect(context.results).toEqual([false]);
  });

  it('never runs two checks of a backend at once when they take longer than the interval', async () => {
    let running = 0;
    let most = 0;
    const context = setUp({ intervalMs: 100, downIntervalMs: 100 }, async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise<void>((resolve) => context.clock.setTimeout(resolve, 350));
      running -= 1;
    });
    context.add();
    await context.clock.advance(5000);
    expect(most).toBe(1);
    expect(context.started.length).toBeGreaterThan(10);
  });

  it('takes a probe that throws for one that rejects', async () => {
    const context = setUp({}, () => {
      throw failure;
    });
    context.add();
    await context.clock.advance(1);
    expect(context.observed).toEqual([[a, false, 0, failure]]);
  });

  it('aborts and forgets a backend that is removed during its check', async () => {
    let signal: AbortSignal | undefined;
    const context = setUp({}, (_backend, options) => {
      signal = options.signal;
      return new Promise((resolve) => options.signal.addEventListener('abort', () => resolve()));
    });
    context.add();
    await context.clock.advance(1);
    context.prober.remove(a);
    await context.clock.advance(60_000);
    expect(signal?.aborted).toBe(true);
    expect(context.results).toEqual([]);
    expect(context.prober.stats().checks).toBe(0);
    expect(context.clock.pending).toBe(0);
  });

  it('lets a listener remove its backend', async () => {
    const context = setUp();
    context.prober.add(a, () => context.prober.remove(a));
    await context.clock.advance(60_000);
    expect(context.started).toHaveLength(1);
    expect(context.clock.pending).toBe(0);
  });

  it('leaves no timer behind when it is disposed of', async () => {
    const context = setUp();
    context.add(a);
    context.add(backendRef('b'));
    await context.clock.advance(7000);
    context.prober.dispose();
    expect(context.clock.pending).toBe(0);
  });

  it('spreads the first checks over a second and keeps to the interval within the jitter', async () => {
    const clock = new ManualClock();
    const started = new Map<string, number[]>();
    const check = (backend: { readonly id: string }): Promise<void> => {
      started.set(backend.id, [...(started.get(backend.id) ?? []), clock.now()]);
      return Promise.resolve();
    };
    const prober = new Prober({ check }, {}, { clock, random: seededRandom(7) });
    for (let i = 0; i < 50; i += 1) prober.add(backendRef(`b${i}`), () => {});
    await clock.advance(60_000);
    prober.dispose();

    const firsts = [...started.values()].map(([first = -1]) => first);
    expect(Math.max(...firsts)).toBeLessThanOrEqual(1000);
    expect(new Set(firsts.map((first) => Math.floor(first / 100))).size).toBeGreaterThan(5);
    const intervals = [...started.values()].flatMap((times) => times.slice(1).map((time, i) => time - (times[i] ?? 0)));
    expect(Math.min(...intervals)).toBeGreaterThanOrEqual(4500);
    expect(Math.min(...intervals)).toBeLessThan(4600);
    expect(Math.max(...intervals)).toBeLessThanOrEqual(5500);
    expect(Math.max(...intervals)).toBeGreaterThan(5400);
  });

  it('turns exactly where the thresholds say, for any row of results', async () => {
    const thresholds = fc.integer({ min: 1, max: 4 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }),
        thresholds,
        thresholds,
        async (row, unhealthyThreshold, healthyThreshold) => {
          const context = setUp({ intervalMs: 1000, unhealthyThreshold, healthyThreshold });
          context.add();
          const expected: boolean[] = [];
          let up: boolean | undefined;
          for (const [i, healthy] of row.entries()) {
            const threshold = healthy ? healthyThreshold : unhealthyThreshold;
            const last = row.slice(Math.max(i + 1 - threshold, 0), i + 1);
            const turns = up === undefined || (last.length === threshold && last.every((one) => one === healthy));
            const told = up === healthy ? healthy : turns;
            if (told) {
              up = healthy;
              expected.push(healthy);
            }
            context.healthy = healthy;
            await context.clock.advance(1000);
          }
          context.prober.dispose();
          expect(context.results).toEqual(expected);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('refuses options that are not valid', () => {
    const probe: Probe = { check: () => Promise.resolve() };
    expect(() => new Prober(probe, { intervalMs: -1 })).toThrow(
      expect.objectContaining({ code: 'ERR_HEALTH_INVALID_OPTION', message: expect.stringContaining('intervalMs') }),
    );
  });
});
