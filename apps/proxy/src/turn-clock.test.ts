import { setImmediate as turnEnd } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { TurnClock } from './turn-clock.ts';

/** Keeps the process busy. */
function work(ms: number): void {
  const endsAt = performance.now() + ms;
  while (performance.now() < endsAt);
}

describe('a clock of turns', () => {
  it('says the same all through a turn, and in what is put off to its end', async () => {
    const clock = new TurnClock();
    const times = [clock.now()];
    const atEnd = new Promise<void>((resolve) => {
      setImmediate(() => {
        times.push(clock.now());
        resolve();
      });
    });
    work(2);
    times.push(clock.now());
    await Promise.resolve();
    times.push(clock.now());
    await atEnd;

    expect(new Set(times).size).toBe(1);
  });

  it('goes on with the next turn, by the time that has passed', async () => {
    const clock = new TurnClock();
    const startedAt = performance.now();
    const before = clock.now();
    work(5);
    await turnEnd();
    await turnEnd();
    const passed = clock.now() - before;

    expect(passed).toBeGreaterThanOrEqual(5);
    expect(passed).toBeLessThanOrEqual(performance.now() - startedAt);
  });

  it('says the time of the turn that asks, however long nobody did', async () => {
    const clock = new TurnClock();
    clock.now();
    await turnEnd();
    await turnEnd();
    work(5);
    const before = performance.now();
    const now = clock.now();

    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(performance.now());
  });

  it('has the timers of the system', async () => {
    const clock = new TurnClock();
    const calls: string[] = [];
    const cleared = clock.setTimeout(() => calls.push('cleared'), 1);
    clock.clear(cleared);
    await new Promise<void>((resolve) => {
      const repeated = clock.setInterval(() => {
        calls.push('repeated');
        if (calls.length < 2) return;
        clock.clear(repeated);
        clock.setTimeout(resolve, 1);
      }, 1);
    });

    expect(calls).toEqual(['repeated', 'repeated']);
  });
});
