import { setImmediate as turnEnd } from 'node:timers/promises';
import { ManualClock } from '@millpond/testkit';
import { describe, expect, it } from 'vitest';
import { TurnClock } from './turn-clock.ts';

/** What time it is can be changed within a turn. */
class SettableClock extends ManualClock {
  time = 0;

  override now(): number {
    return this.time;
  }
}

describe('a clock of turns', () => {
  it('says the same all through a turn, and in what is put off to its end', async () => {
    const source = new SettableClock();
    const clock = new TurnClock(source);
    const times = [clock.now()];
    const atEnd = new Promise<void>((resolve) => {
      setImmediate(() => {
        times.push(clock.now());
        resolve();
      });
    });
    source.time = 1;
    times.push(clock.now());
    await Promise.resolve();
    times.push(clock.now());
    await atEnd;
    expect(times).toEqual([0, 0, 0, 0]);
  });

  it('goes on with the next turn', async () => {
    const source = new SettableClock();
    const clock = new TurnClock(source);
    const times: number[] = [];
    for (source.time = 10; source.time < 13; source.time++) {
      times.push(clock.now());
      await turnEnd();
      await turnEnd();
    }
    expect(times).toEqual([10, 11, 12]);
  });

  it('says the time of the turn that asks, however long nobody did', async () => {
    const source = new SettableClock();
    const clock = new TurnClock(source);
    clock.now();
    await turnEnd();
    await turnEnd();
    source.time = 1000;
    expect(clock.now()).toBe(1000);
  });

  it('has the timers of the other clock', async () => {
    const source = new ManualClock();
    const clock = new TurnClock(source);
    const calls: string[] = [];
    clock.setTimeout(() => calls.push('once'), 10);
    const repeated = clock.setInterval(() => calls.push('again'), 20);
    const cleared = clock.setTimeout(() => calls.push('cleared'), 30);
    clock.clear(cleared);
    await source.advance(50);
    clock.clear(repeated);
    await source.advance(50);
    expect(calls).toEqual(['once', 'again', 'again']);
    expect(source.pending).toBe(0);
  });
});
