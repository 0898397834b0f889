import { describe, expect, it, vi } from 'vitest';
import { setUp, track } from '../test/pool-fixture.ts';
import type { Thing } from '../test/pool-fixture.ts';

/** More promise callbacks than lie between any event and the last of its consequences. */
const MANY_HOPS = 40;

/** A test of what happens if something else happens in between, for every moment there is. */
function atAnyMoment(test: (waitHere: () => Promise<void>) => Promise<void>) {
  return async () => {
    for (let hops = 0; hops < MANY_HOPS; hops += 1) {
      const waitHere = async () => {
        for (let hop = 0; hop < hops; hop += 1) await Promise.resolve();
      };
      await test(waitHere).catch((cause: unknown) => {
        throw new Error(`It failed after ${hops} promise callbacks.`, { cause });
      });
    }
  };
}

describe('at any moment after a resource was created', () => {
  it(
    'its death leaves nothing dead behind, and nobody who waits for nothing',
    atAnyMoment(async (waitHere) => {
      const { pool, factory, settle } = setUp({ max: 1 }, { isHeld: true });
      const waiting = track(pool.acquire());
      const thing = factory.creations.shift()?.succeed();
      await waitHere();
      thing?.die();
      await settle();
      for (const creation of factory.creations) creation.succeed();
      await settle();
      expect(waiting.state).not.toBe('pending');
      waiting.value?.release();
      expect(factory.closed[0]).toBe('1 died');
      expect(pool.stats().size).toBe(factory.open.size);
      expect(pool.tryAcquire()?.value.id).not.toBe(1);
    }),
  );

  it(
    'its waiter can leave, and nothing is kept that should not be',
    atAnyMoment(async (waitHere) => {
      const { pool, factory, settle } = setUp({ max: 1, maxIdle: 0 }, { isHeld: true });
      const abort = new AbortController();
      const waiting = track(pool.acquire({ signal: abort.signal }));
      factory.creations[0]?.succeed();
      await waitHere();
      abort.abort();
      await settle();
      waiting.value?.release();
      expect(factory.closed).toEqual(['1 excess']);
    }),
  );

  it(
    'its death is a failure to create, which the next caller is told, too',
    atAnyMoment(async (waitHere) => {
      const { pool, factory, settle } = setUp({ max: 1, createBackOffMs: 1000 }, { isHeld: true });
      const waiting = track(pool.acquire());
      const thing = factory.creations.shift()?.succeed();
      await waitHere();
      thing?.die();
      await settle();
      if (waiting.state === 'fulfilled') return;
      const next = track(pool.acquire());
      await settle();
      const failure = { code: 'ERR_POOL_CREATE_FAILED', cause: { code: 'ERR_POOL_DIED_AT_BIRTH' } };
      expect(waiting.error).toMatchObject(failure);
      expect(next.error).toMatchObject(failure);
      expect(factory.calls).toBe(1);
    }),
  );

  it(
    'its waiter can leave, and the next one has it validated',
    atAnyMoment(async (waitHere) => {
      const validate = vi.fn<(thing: Thing) => Promise<boolean>>(() => new Promise(() => {}));
      const { pool, factory, settle } = setUp({ max: 1 }, { isHeld: true, validate });
      const abort = new AbortController();
      const waiting = track(pool.acquire({ signal: abort.signal }));
      factory.creations[0]?.succeed();
      await waitHere();
      abort.abort();
      await settle();
      if (waiting.state === 'fulfilled') return;
      const next = track(pool.acquireMany(1));
      await settle();
      expect(validate).toHaveBeenCalledOnce();
      expect(next.state).toBe('pending');
    }),
  );

  it(
    'in place of another, its death leaves nothing dead behind',
    atAnyMoment(async (waitHere) => {
      const { pool, factory, settle } = setUp({ max: 1 });
      const lease = await pool.acquire();
      factory.isHeld = true;
      const replacing = track(lease.replace());
      const thing = factory.creations.shift()?.succeed();
      await waitHere();
      thing?.die();
      await settle();
      replacing.value?.release();
      await settle();
      expect(factory.closed).toEqual(['1 error', '2 died']);
      expect(pool.stats()).toMatchObject({ size: 0, active: 0 });
    }),
  );

  it(
    'a drain that waits for nothing closes it, whoever has it',
    atAnyMoment(async (waitHere) => {
      const { pool, factory, settle } = setUp({ max: 1 }, { isHeld: true });
      const waiting = track(pool.acquire());
      factory.creations[0]?.succeed();
      await waitHere();
      const done = track(pool.drain({ timeoutMs: 0 }));
      await settle();
      expect(waiting.state).not.toBe('pending');
      expect(done.state).toBe('fulfilled');
      expect(factory.open.size).toBe(0);
    }),
  );

  it(
    'a drain that begins comes to its end',
    atAnyMoment(async (waitHere) => {
      const { pool, factory, settle } = setUp({ max: 2, minIdle: 1 }, { isHeld: true });
      const waiting = track(pool.acquire());
      for (const creation of factory.creations) creation.succeed();
      await waitHere();
      const done = track(pool.drain());
      await settle();
      waiting.value?.release();
      await settle();
      expect(done.state).toBe('fulfilled');
      expect(factory.open.size).toBe(0);
    }),
  );
});

describe('at any moment after the answer of a validation', () => {
  it(
    'its waiter can leave, and the resource stays',
    atAnyMoment(async (waitHere) => {
      const answers: ((isValid: boolean) => void)[] = [];
      const validate = () => new Promise<boolean>((resolve) => answers.push(resolve));
      const { pool, factory, settle } = setUp({ max: 1 }, { validate });
      (await pool.acquire()).release();
      const abort = new AbortController();
      const waiting = track(pool.acquire({ signal: abort.signal }));
      await settle();
      answers[0]?.(true);
      await waitHere();
      abort.abort();
      await settle();
      waiting.value?.release();
      expect(pool.stats()).toMatchObject({ size: 1, idle: 1, active: 0 });
      expect(factory.closed).toEqual([]);
    }),
  );
});

describe('at any moment after warm was called', () => {
  it(
    'a drain ends it, and nothing is created after that',
    atAnyMoment(async (waitHere) => {
      const { pool, factory, settle } = setUp({ max: 50 });
      const warming = track(pool.warm(40));
      await waitHere();
      await pool.drain();
      const { calls } = factory;
      await settle();
      expect(factory.calls).toBe(calls);
      expect(factory.open.size).toBe(0);
      if (warming.state !== 'fulfilled') expect(warming.error).toMatchObject({ code: 'ERR_POOL_DRAINING' });
    }),
  );
});
