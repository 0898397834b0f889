import { ManualClock } from '@millpond/testkit';
import { describe, expect, it } from 'vitest';
import { Deadlines, type Timed } from './deadlines.ts';
import type { Seat } from './roster.ts';

class Egg implements Timed {
  deadline = 0;
  watch: Seat<Timed> | undefined;
  calls = 0;

  onDeadline(): void {
    this.calls++;
    this.deadline = 0;
  }
}

describe('Deadlines', () => {
  it('calls what is due, and nothing else', async () => {
    const clock = new ManualClock();
    const deadlines = new Deadlines(clock);
    const [soon, late, never] = [new Egg(), new Egg(), new Egg()];
    for (const egg of [soon, late, never]) deadlines.add(egg);
    soon.deadline = deadlines.now + 1000;
    late.deadline = deadlines.now + 5000;
    await clock.advance(999);
    expect(soon.calls).toBe(0);
    await clock.advance(101);
    expect([soon.calls, late.calls, never.calls]).toEqual([1, 0, 0]);
    await clock.advance(60_000);
    expect([soon.calls, late.calls, never.calls]).toEqual([1, 1, 0]);
  });

  it('heeds a deadline that is moved by assignment alone', async () => {
    const clock = new ManualClock();
    const deadlines = new Deadlines(clock);
    const egg = new Egg();
    deadlines.add(egg);
    egg.deadline = deadlines.now + 1000;
    await clock.advance(900);
    egg.deadline = deadlines.now + 1000;
    await clock.advance(900);
    expect(egg.calls).toBe(0);
    await clock.advance(200);
    expect(egg.calls).toBe(1);
  });

  it('does not count from a time long past after it had nothing to watch', async () => {
    const clock = new ManualClock();
    const deadlines = new Deadlines(clock);
    await clock.advance(60_000);
    expect(deadlines.now).toBe(60_000);
    const egg = new Egg();
    egg.deadline = deadlines.now + 1000;
    deadlines.add(egg);
    await clock.advance(500);
    expect(egg.calls).toBe(0);
  });

  it('has a timer only while it watches something', () => {
    const clock = new ManualClock();
    const deadlines = new Deadlines(clock);
    const [one, other] = [new Egg(), new Egg()];
    expect(clock.pending).toBe(0);
    deadlines.add(one);
    deadlines.add(other);
    expect(clock.pending).toBe(1);
    deadlines.remove(one);
    expect(clock.pending).toBe(1);
    deadlines.remove(other);
    deadlines.remove(other);
    expect(clock.pending).toBe(0);
  });

  it('goes on when one removes itself, and others, in the sweep', async () => {
    const clock = new ManualClock();
    const deadlines = new Deadlines(clock);
    const [first, second, third] = [new Egg(), new Egg(), new Egg()];
    const eggs = [first, second, third];
    for (const [index, egg] of eggs.entries()) {
      // Whichever is looked at first.
      egg.onDeadline = () => {
        egg.calls++;
        egg.deadline = 0;
        deadlines.remove(egg);
        deadlines.remove(eggs[(index + 1) % 3] ?? egg);
      };
      deadlines.add(egg);
      egg.deadline = 1;
    }
    await clock.advance(100);
    expect(eggs.filter(({ calls }) => calls === 1)).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });
});
