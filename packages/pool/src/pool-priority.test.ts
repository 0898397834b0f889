import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { setUp, track } from '../test/pool-fixture.ts';
import { PriorityLine } from './priority-line.ts';

/** Serves callers of these priorities, who all wait already, one after the other. */
async function order(priorities: readonly number[]) {
  const { pool } = setUp({ max: 1 });
  const held = await pool.acquire();
  const served: number[] = [];
  const waits = priorities.map((priority, index) => pool.use(() => served.push(index), { priority }));
  held.release();
  await Promise.all(waits);
  return served;
}

describe('priority', () => {
  it('serves the more urgent first, and those of one class in the order in which they came', async () => {
    expect(await order([0, 4, -1, 0, -4, -1])).toEqual([4, 2, 5, 0, 3, 1]);
  });

  it('lets nobody starve: after eight more urgent callers it is the turn of the others', async () => {
    const urgent = Array.from({ length: 20 }, () => -1);
    const served = await order([0, 0, ...urgent]);
    expect(served.indexOf(0)).toBe(8);
    expect(served.indexOf(1)).toBe(17);
  });

  it('bounds how often anybody is passed over, whoever comes', () => {
    const priority = fc.integer({ min: -4, max: 4 });
    fc.assert(
      fc.property(fc.array(fc.option(priority, { nil: undefined }), { maxLength: 200 }), (steps) => {
        const line = new PriorityLine<Member>();
        const passed = new Map<Member, number>();
        for (const step of steps) {
          const member = step === undefined ? line.choose() : { ...unlinked, priority: step };
          if (member === undefined) continue;
          if (step !== undefined) {
            line.add(member, step);
            continue;
          }
          line.remove(member, member.priority);
          expect(line.first === undefined).toBe(line.length === 0);
          const heads = new Map([...line].toReversed().map((waiting) => [waiting.priority, waiting]));
          for (const head of heads.values()) {
            const times = member.priority < head.priority ? (passed.get(head) ?? 0) + 1 : 0;
            passed.set(head, times);
            expect(times).toBeLessThanOrEqual(8 + 7);
          }
        }
      }),
      { seed: 5, numRuns: 500 },
    );
  });

  it('is checked', async () => {
    const { pool } = setUp();
    for (const priority of [5, -5, 0.5, Number.NaN]) {
      await expect(pool.acquire({ priority })).rejects.toMatchObject({
        code: 'ERR_POOL_INVALID_OPTION',
        message: expect.stringContaining('priority must be a whole number from -4 to 4'),
      });
    }
  });
});

interface Member {
  previous: Member | undefined;
  next: Member | undefined;
  linked: boolean;
  readonly priority: number;
}

const unlinked = { previous: undefined, next: undefined, linked: false };

describe('acquireMany', () => {
  it('gives all at once, or nothing', async () => {
    const { pool, settle } = setUp({ max: 3 });
    const held = await pool.acquire();
    const many = track(pool.acquireMany(3));
    await settle();
    expect(many.state).toBe('pending');
    expect(pool.stats()).toMatchObject({ size: 3, active: 1, idle: 2, pending: 1 });

    held.release();
    await settle();
    expect(new Set(many.value?.map(({ value }) => value.id))).toEqual(new Set([1, 2, 3]));
    expect(pool.stats()).toMatchObject({ size: 3, active: 3, idle: 0, pending: 0 });
  });

  it('never has two batches wait for each other', async () => {
    const { pool, settle } = setUp({ max: 4 });
    const held = await pool.acquireMany(4);
    const first = track(pool.acquireMany(3));
    const second = track(pool.acquireMany(3, { priority: -1 }));
    const single = track(pool.acquire({ priority: -4 }));
    for (const lease of held) lease.release();
    await settle();
    expect([first.state, second.state, single.state]).toEqual(['pending', 'fulfilled', 'fulfilled']);
    for (const lease of second.value ?? []) lease.release();
    await settle();
    expect(first.state).toBe('fulfilled');
  });

  it('gives back what it had gathered when it gives up', async () => {
    const { pool, clock } = setUp({ max: 2 });
    await pool.acquire();
    const many = track(pool.acquireMany(2, { timeoutMs: 50 }));
    const next = track(pool.acquire());
    await clock.advance(49);
    expect(next.state).toBe('pending');
    await clock.advance(1);
    expect(many.error).toMatchObject({ code: 'ERR_POOL_ACQUIRE_TIMEOUT' });
    expect(next.state).toBe('fulfilled');
  });

  it('counts no time-out of a caller that gets what it gives back at the last moment', async () => {
    const { pool, clock } = setUp({ max: 2 });
    await pool.acquire();
    const many = track(pool.acquireMany(2, { timeoutMs: 50 }));
    const next = track(pool.acquire({ timeoutMs: 50 }));
    await clock.advance(50);
    expect([many.state, next.state]).toEqual(['rejected', 'fulfilled']);
    expect(pool.stats().timeouts).toBe(1);
  });

  it('replaces what dies while it is gathered', async () => {
    const { pool, factory, settle } = setUp({ max: 2 });
    const held = await pool.acquire();
    const many = track(pool.acquireMany(2));
    await settle();
    for (const thing of factory.open) if (thing.id === 2) thing.die();
    await settle();
    expect(factory.closed).toEqual(['2 died']);
    held.release();
    await settle();
    expect(many.value?.map(({ value }) => value.id).toSorted()).toEqual([1, 3]);
  });

  it('takes from 1 to max', async () => {
    const { pool } = setUp({ max: 2 });
    const invalid = { code: 'ERR_POOL_INVALID_OPTION' };
    await expect(pool.acquireMany(0)).rejects.toMatchObject(invalid);
    await expect(pool.acquireMany(3)).rejects.toMatchObject(invalid);
    expect(await pool.acquireMany(2)).toHaveLength(2);
  });

  it('does not wait at all where nobody may', async () => {
    const { pool } = setUp({ max: 2, maxWaiting: 0 });
    const held = await pool.acquire();
    await expect(pool.acquireMany(2)).rejects.toMatchObject({ code: 'ERR_POOL_QUEUE_FULL' });
    held.release();
    expect(await pool.acquireMany(2)).toHaveLength(2);
  });
});
