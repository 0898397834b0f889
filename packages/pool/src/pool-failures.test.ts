import { describe, expect, it, vi } from 'vitest';
import { setUp, track } from '../test/pool-fixture.ts';
import type { Thing } from '../test/pool-fixture.ts';

function neverAnswer(): Promise<boolean> {
  return new Promise(() => {});
}

describe('a creation that fails', () => {
  it('is told to its waiter at once, with the cause', async () => {
    const { pool, factory } = setUp();
    const refused = new Error('connect ECONNREFUSED');
    factory.failure = refused;
    await expect(pool.acquire()).rejects.toMatchObject({
      code: 'ERR_POOL_CREATE_FAILED',
      message: 'A resource could not be created: connect ECONNREFUSED',
      cause: refused,
    });
    expect(factory.calls).toBe(1);
    expect(pool.stats()).toMatchObject({ size: 0, creating: 0, pending: 0, createFailures: 1 });
  });

  it('is told to one waiter each, and nothing is tried again for nobody', async () => {
    const { pool, factory, clock } = setUp({ max: 3 });
    factory.failure = new Error('refused');
    const waits = Array.from({ length: 20 }, () => track(pool.acquire()));
    await clock.advance(60_000);
    expect(waits.every(({ state }) => state === 'rejected')).toBe(true);
    expect(factory.calls).toBe(20);
  });

  it('refuses those who wait at the same time in the order in which they came', async () => {
    const { pool, factory, settle } = setUp({ max: 2 });
    factory.isHeld = true;
    const [first, second, third] = [track(pool.acquire()), track(pool.acquire()), track(pool.acquire())];
    await settle();
    factory.creations[1]?.fail(new Error('refused'));
    await settle();
    expect([first.state, second.state, third.state]).toEqual(['rejected', 'pending', 'pending']);

    factory.creations[0]?.succeed();
    factory.creations[2]?.succeed();
    await settle();
    expect([second.state, third.state]).toEqual(['fulfilled', 'fulfilled']);
  });

  it('refuses nobody whom another creation will serve', async () => {
    const { pool, factory, settle } = setUp();
    factory.isHeld = true;
    const abort = new AbortController();
    void track(pool.acquire({ signal: abort.signal }));
    const other = track(pool.acquire());
    await settle();
    abort.abort();
    factory.creations[0]?.fail(new Error('refused'));
    await settle();
    expect(other.state).toBe('pending');
    factory.creations[1]?.succeed();
    await settle();
    expect(other.state).toBe('fulfilled');
  });

  it('rejects where the factory throws instead, and leaves no ghost in the queue', async () => {
    const create = vi.fn<() => Promise<Thing>>(() => {
      throw new Error('at once');
    });
    const { pool } = setUp({ max: 1 }, { create });
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CREATE_FAILED' });
    expect(pool.stats()).toMatchObject({ pending: 0, creating: 0, size: 0 });
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CREATE_FAILED' });
    expect(create).toHaveBeenCalledTimes(2);
  });

  it('is one that takes too long, even if the factory takes no notice', async () => {
    const { pool, factory, clock } = setUp({ max: 1, createTimeoutMs: 100 });
    factory.isHeld = true;
    const waiting = track(pool.acquire());
    await clock.advance(100);
    const [creation] = factory.creations;
    expect(creation?.signal.aborted).toBe(true);
    expect(waiting.error).toMatchObject({
      code: 'ERR_POOL_CREATE_FAILED',
      cause: { code: 'ERR_POOL_CREATE_TIMEOUT' },
    });

    creation?.succeed();
    await clock.advance(0);
    expect(factory.closed).toEqual(['1 evicted']);
    expect(pool.stats()).toMatchObject({ size: 0, created: 0 });
  });

  it('is one whose resource dies before it is finished', async () => {
    const { pool, factory, settle } = setUp();
    factory.isHeld = true;
    const waiting = track(pool.acquire());
    await settle();
    factory.creations[0]?.succeed().die();
    await settle();
    expect(waiting.error).toMatchObject({
      code: 'ERR_POOL_CREATE_FAILED',
      cause: { code: 'ERR_POOL_DIED_AT_BIRTH' },
    });
    expect(factory.closed).toEqual(['1 died']);
  });
});

describe('a resource that dies', () => {
  it('leaves the pool at once when it is idle, wherever it is in line', async () => {
    const { pool, factory } = setUp();
    const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()]);
    for (const lease of leases) lease.release();
    leases[1]?.value.die();
    expect(factory.closed).toEqual(['2 died']);
    expect(pool.stats()).toMatchObject({ size: 2, idle: 2 });
    expect([pool.tryAcquire(), pool.tryAcquire(), pool.tryAcquire()].map((lease) => lease !== undefined)).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('leaves the pool when it is given back, if it is lent', async () => {
    const { pool, factory } = setUp({ max: 1 });
    const lease = await pool.acquire();
    lease.value.die();
    lease.value.die();
    expect(factory.closed).toEqual([]);
    lease.release();
    expect(factory.closed).toEqual(['1 died']);
    lease.value.die();
    expect(pool.stats()).toMatchObject({ size: 0, destroyed: { died: 1 } });
  });
});

describe('a resource that is evicted', () => {
  it('is closed at once when idle, when given back if lent, and only if it matches', async () => {
    const { pool, factory } = setUp();
    const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()]);
    const [one, two, three] = leases.toSorted((a, b) => a.value.id - b.value.id);
    one?.release();
    three?.release();
    pool.evict(({ id }) => id < 3);
    expect(factory.closed).toEqual(['1 evicted']);
    two?.release();
    expect(factory.closed).toEqual(['1 evicted', '2 evicted']);

    pool.evict();
    expect(factory.closed).toEqual(['1 evicted', '2 evicted', '3 evicted']);
  });
});

describe('closing', () => {
  it('costs the pool nothing when it fails', async () => {
    const destroyFailed = vi.fn();
    const stuck = new Error('stuck');
    const { pool, settle } = setUp({ max: 1 }, { destroy: () => Promise.reject(stuck), observer: { destroyFailed } });
    (await pool.acquire()).destroy();
    await settle();
    expect(destroyFailed).toHaveBeenCalledExactlyOnceWith(stuck);
    expect((await pool.acquire()).value.id).toBe(2);
  });
});

describe('validation', () => {
  it('keeps an invalid resource from being lent, at once where the answer comes at once', async () => {
    const validate = vi.fn<(thing: Thing) => boolean>(({ id }) => id !== 2);
    const { pool, factory } = setUp({}, { validate });
    const leases = await Promise.all([pool.acquire(), pool.acquire()]);
    expect(validate).not.toHaveBeenCalled();
    for (const lease of leases.toSorted((a, b) => a.value.id - b.value.id)) lease.release();

    expect(pool.tryAcquire()?.value.id).toBe(1);
    expect(factory.closed).toEqual(['2 invalid']);
  });

  it('is waited for by acquire, and makes tryAcquire leave the resource alone', async () => {
    const answers: ((isValid: boolean) => void)[] = [];
    const validate = () => new Promise<boolean>((resolve) => answers.push(resolve));
    const { pool, factory, settle } = setUp({ max: 2 }, { validate });
    (await pool.acquire()).release();
    expect(pool.tryAcquire()).toBeUndefined();
    const waiting = track(pool.acquire());
    await settle();
    expect(answers).toHaveLength(1);
    expect(factory.calls).toBe(1);
    expect(waiting.state).toBe('pending');

    answers[0]?.(true);
    await settle();
    expect(waiting.value).toMatchObject({ value: { id: 1 }, reused: true });
  });

  it('is not skipped for what was created in advance', async () => {
    const { pool, factory, settle } = setUp({ minIdle: 1 }, { validate: async ({ id }) => id !== 1 });
    await settle();
    expect((await pool.acquire()).value.id).toBe(2);
    expect(factory.closed).toEqual(['1 invalid']);
  });

  it('creates another for the waiter when the answer is no', async () => {
    const { pool, factory } = setUp({ max: 1 }, { validate: () => Promise.resolve(false) });
    (await pool.acquire()).release();
    expect((await pool.acquire()).value.id).toBe(2);
    expect(factory.closed).toEqual(['1 invalid']);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
    ['rejects', () => Promise.reject(new Error('broken'))],
  ])('means no when it %s, and no capacity is lost', async (_, validate) => {
    const { pool, factory } = setUp({ max: 1 }, { validate });
    (await pool.acquire()).release();
    const lease = await pool.acquire();
    expect(lease.value.id).toBe(2);
    expect(factory.closed).toEqual(['1 invalid']);
    lease.release();
    expect((await pool.acquire()).value.id).toBe(3);
  });

  it('means no when there is no answer in time', async () => {
    const { pool, factory, clock } = setUp({ max: 1, createTimeoutMs: 100 }, { validate: neverAnswer });
    (await pool.acquire()).release();
    const waiting = track(pool.acquire());
    await clock.advance(100);
    expect(waiting.value?.value.id).toBe(2);
    expect(factory.closed).toEqual(['1 invalid']);
  });

  it.each([
    ['at once', ({ id }: Thing) => id !== 1],
    ['later', async ({ id }: Thing) => id !== 1],
  ])('keeps an invalid resource from going from hand to hand, where the answer comes %s', async (_, validate) => {
    const { pool, factory } = setUp({ max: 1 }, { validate });
    const lease = await pool.acquire();
    const waiting = pool.acquire();
    lease.release();
    expect((await waiting).value.id).toBe(2);
    expect(factory.closed).toEqual(['1 invalid']);
  });

  it('keeps nobody from what else is idle for more than a moment', async () => {
    const { pool, clock, factory } = setUp({}, { validate: async ({ id }) => id === 1 || new Promise(() => {}) });
    for (const lease of await pool.acquireMany(2)) lease.release();
    const waiting = track(pool.acquire());
    await clock.advance(249);
    expect(waiting.state).toBe('pending');
    await clock.advance(1);
    expect(waiting.value?.value.id).toBe(1);
    expect(factory.closed).toEqual([]);
  });

  it('has nobody passed by tryAcquire who waits for an answer', async () => {
    const validate = ({ id }: Thing) => id === 1 || new Promise<boolean>(() => {});
    const { pool, settle } = setUp({}, { validate });
    for (const lease of await pool.acquireMany(2)) lease.release();
    const waiting = track(pool.acquire());
    await settle();
    expect(waiting.state).toBe('pending');
    expect(pool.tryAcquire()).toBeUndefined();
  });

  it('keeps nobody from what can be created for more than a moment', async () => {
    const { pool, clock, factory } = setUp({}, { validate: () => new Promise(() => {}) });
    (await pool.acquire()).release();
    const waiting = track(pool.acquire());
    await clock.advance(250);
    expect(waiting.value?.value.id).toBe(2);
    await clock.advance(10_000);
    expect(factory.closed).toEqual(['1 invalid']);
  });

  it('creates one at a time where many take long, and nothing where that fails', async () => {
    const validate = () => new Promise<boolean>(() => {});
    const { pool, clock, factory } = setUp({ max: 20, createTimeoutMs: 0 }, { validate, isHeld: true });
    const leases = pool.acquireMany(5);
    await clock.advance(0);
    for (const creation of factory.creations.splice(0)) creation.succeed();
    for (const lease of await leases) lease.release();
    const waiting = Array.from({ length: 5 }, () => track(pool.acquire({ timeoutMs: 0 })));
    await clock.advance(250);
    expect(factory.creations).toHaveLength(1);
    factory.creations.shift()?.succeed();
    await clock.advance(0);
    expect(waiting.map(({ state }) => state)).toEqual(['fulfilled', ...Array(4).fill('pending')]);
    expect(factory.creations).toHaveLength(1);
    factory.creations.shift()?.fail(new Error('refused'));
    await clock.advance(0);
    expect(factory.creations).toHaveLength(0);
    expect(waiting.map(({ state }) => state)).toEqual(['fulfilled', ...Array(4).fill('pending')]);
  });

  it('serves those who wait for a late answer, though nothing can be created', async () => {
    const answers: ((isValid: boolean) => void)[] = [];
    const validate = () => new Promise<boolean>((resolve) => answers.push(resolve));
    const { pool, clock, factory } = setUp({}, { validate });
    for (const lease of await pool.acquireMany(3)) lease.release();
    factory.failure = new Error('refused');
    const waiting = Array.from({ length: 3 }, () => track(pool.acquire()));
    await clock.advance(300);
    for (const answer of answers) answer(true);
    await clock.advance(0);
    expect(waiting.map(({ state }) => state)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
  });

  it('may answer with anything that has a then, also one that fails', async () => {
    const answer = {
      // oxlint-disable-next-line unicorn/no-thenable -- that is what this is about
      then: () => {
        throw new Error('no promise');
      },
    };
    const { pool, factory } = setUp({}, { validate: () => Object.assign(Promise.resolve(true), answer) });
    (await pool.acquire()).release();
    expect((await pool.acquire()).value.id).toBe(2);
    expect(factory.closed).toEqual(['1 invalid']);
  });

  it('is still of use when its answer is late', async () => {
    const answers: ((isValid: boolean) => void)[] = [];
    const validate = () => new Promise<boolean>((resolve) => answers.push(resolve));
    const { pool, clock, factory } = setUp({ max: 1 }, { validate });
    (await pool.acquire()).release();
    const waiting = track(pool.acquire());
    await clock.advance(1000);
    answers[0]?.(true);
    await clock.advance(0);
    expect(waiting.value?.value.id).toBe(1);
    expect(factory.calls).toBe(1);
  });

  it('is done once for each loan, of whose turn it is, in either order', async () => {
    for (const order of ['lifo', 'fifo'] as const) {
      const validate = vi.fn<(thing: Thing) => Promise<boolean>>(async () => true);
      const { pool } = setUp({ order }, { validate });
      const leases = await pool.acquireMany(3);
      for (const lease of leases) lease.release();
      const { value } = await pool.acquire();
      expect(value).toBe(leases.at(order === 'fifo' ? 0 : -1)?.value);
      expect(validate).toHaveBeenCalledOnce();
    }
  });

  it.each([
    [1, true],
    ['yes', true],
    [{}, true],
    [0, false],
    [undefined, false],
    [null, false],
  ])('takes an answer that is no boolean as JavaScript does, at once and later: %o', async (answer, isValid) => {
    const answers = [() => answer, async () => answer];
    for (const validate of answers) {
      // @ts-expect-error -- as in a program that is not in TypeScript
      const { pool } = setUp({}, { validate });
      (await pool.acquire()).release();
      expect((await pool.acquire()).value.id).toBe(isValid ? 1 : 2);
    }
  });

  it('does not lend what dies meanwhile', async () => {
    const answers: ((isValid: boolean) => void)[] = [];
    const validate = () => new Promise<boolean>((resolve) => answers.push(resolve));
    const { pool, factory, settle } = setUp({ max: 1 }, { validate });
    const lease = await pool.acquire();
    lease.release();
    const waiting = track(pool.acquire());
    await settle();
    lease.value.die();
    answers[0]?.(true);
    await settle();
    expect(waiting.value?.value.id).toBe(2);
    expect(factory.closed).toEqual(['1 died']);
  });

  it('is begun by tryAcquire for nobody, and takes an invalid resource out all the same', async () => {
    const { pool, factory, settle } = setUp({}, { validate: () => Promise.resolve(false) });
    (await pool.acquire()).release();
    expect(pool.tryAcquire()).toBeUndefined();
    await settle();
    expect(factory.closed).toEqual(['1 invalid']);
    expect(pool.stats()).toMatchObject({ size: 0 });
  });
});
