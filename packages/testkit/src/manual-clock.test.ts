import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ManualClock } from './manual-clock.ts';

test('a timer runs when its time has come, not before', async () => {
  const clock = new ManualClock();
  const ran: number[] = [];
  clock.setTimeout(() => ran.push(clock.now()), 10);
  await clock.advance(9);
  expect(ran).toEqual([]);
  await clock.advance(1);
  expect(ran).toEqual([10]);
  await clock.advance(100);
  expect(ran).toEqual([10]);
});

test('an interval runs again and again until it is cleared', async () => {
  const clock = new ManualClock(1000);
  const ran: number[] = [];
  const timer = clock.setInterval(() => ran.push(clock.now()), 10);
  await clock.advance(35);
  expect(ran).toEqual([1010, 1020, 1030]);
  clock.clear(timer);
  await clock.advance(100);
  expect(ran).toHaveLength(3);
  expect(clock.pending).toBe(0);
});

test('an interval may clear itself', async () => {
  const clock = new ManualClock();
  let runs = 0;
  const timer = clock.setInterval(() => {
    runs += 1;
    clock.clear(timer);
  }, 10);
  await clock.advance(100);
  expect(runs).toBe(1);
});

test('timers of one moment run in the order in which they were set', async () => {
  const clock = new ManualClock();
  const ran: string[] = [];
  clock.setInterval(() => ran.push('interval'), 5);
  clock.setTimeout(() => ran.push('first'), 10);
  clock.setTimeout(() => ran.push('second'), 10);
  await clock.advance(10);
  expect(ran).toEqual(['interval', 'first', 'second', 'interval']);
});

test('promises settle before, between and after timers', async () => {
  const clock = new ManualClock();
  const ran: string[] = [];
  const slowly = async (name: string) => {
    for (let i = 0; i < 20; i += 1) await Promise.resolve();
    ran.push(name);
  };
  void slowly('before');
  clock.setTimeout(() => void slowly('between'), 10);
  clock.setTimeout(() => ran.push('second timer'), 10);
  clock.setTimeout(() => void slowly('after'), 20);
  await clock.advance(20);
  expect(ran).toEqual(['before', 'between', 'second timer', 'after']);
});

test('a timer that is set by a timer runs in the same advance if it is due', async () => {
  const clock = new ManualClock();
  const ran: number[] = [];
  const again = () => {
    ran.push(clock.now());
    clock.setTimeout(again, 0);
  };
  clock.setTimeout(again, 1);
  await clock.advance(3);
  expect(ran).toEqual([1, 2, 3]);
});

test('what a timer throws comes out of advance', async () => {
  const clock = new ManualClock();
  clock.setTimeout(() => {
    throw new Error('broken');
  }, 5);
  await expect(clock.advance(10)).rejects.toThrow('broken');
  expect(clock.now()).toBe(5);
});

test('however time is cut into steps, timers run at the same times in the same order', async () => {
  const delays = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 8 });
  const steps = fc.array(fc.integer({ min: 0, max: 15 }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(delays, steps, async (timeouts, cuts) => {
      const inOne = await run(timeouts, [100]);
      const inSteps = await run(timeouts, [...cuts, 100]);
      expect(inSteps).toEqual(inOne);
      expect(inOne.map(([atMs]) => atMs)).toEqual(timeouts.map((ms) => Math.max(1, ms)).toSorted((a, b) => a - b));
    }),
    { numRuns: 50 },
  );
});

async function run(delays: readonly number[], steps: readonly number[]): Promise<[atMs: number, index: number][]> {
  const clock = new ManualClock();
  const ran: [number, number][] = [];
  for (const [index, delay] of delays.entries()) clock.setTimeout(() => ran.push([clock.now(), index]), delay);
  for (const step of steps) await clock.advance(step);
  return ran;
}
