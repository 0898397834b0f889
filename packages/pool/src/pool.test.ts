import { afterEach, describe, expect, it, vi } from 'vitest';
import { ManualFactory, setUp, track } from '../test/pool-fixture.ts';
import type { Thing } from '../test/pool-fixture.ts';
import { AdaptiveSize, Pool } from './index.ts';
import type { PoolLease } from './index.ts';

/** What three acquisitions get of the resources 1, 2 and 3, returned in this order. */
async function idsInOrder(order: 'lifo' | 'fifo') {
  const { pool } = setUp({ order });
  const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()]);
  for (const lease of leases.toSorted((a, b) => a.value.id - b.value.id)) lease.release();
  return [pool.tryAcquire(), pool.tryAcquire(), pool.tryAcquire()].map((lease) => lease?.value.id);
}

describe('lending', () => {
  it('creates a resource for the first caller and lends it again to the next', async () => {
    const { pool, factory } = setUp();
    const first = await pool.acquire();
    expect(first).toMatchObject({ value: { id: 1 }, reused: false });
    first.release();

    const second = await pool.acquire();
    expect(second).toMatchObject({ value: { id: 1 }, reused: true });
    expect(factory.created).toBe(1);
  });

  it('has nothing to lend at once until something is idle', async () => {
    const { pool } = setUp();
    expect(pool.tryAcquire()).toBeUndefined();

    (await pool.acquire()).release();
    expect(pool.tryAcquire()).toMatchObject({ value: { id: 1 }, reused: true });
    expect(pool.tryAcquire()).toBeUndefined();
  });

  it('never creates more than max', async () => {
    const { pool, factory, settle } = setUp({ max: 3 });
    factory.isHeld = true;
    const waits = Array.from({ length: 10 }, () => track(pool.acquire()));
    await settle();
    expect(factory.creations).toHaveLength(3);

    for (const creation of factory.creations) creation.succeed();
    await settle();
    expect(waits.filter(({ state }) => state === 'fulfilled')).toHaveLength(3);
    expect(pool.stats()).toMatchObject({ size: 3, active: 3, pending: 7, creating: 0, utilisation: 1 });
  });

  it('serves waiters in the order in which they came', async () => {
    const { pool } = setUp({ max: 1 });
    const order: string[] = [];
    const held = await pool.acquire();
    const waits = ['a', 'b', 'c'].map((name) => pool.use(() => order.push(name)));
    held.release();
    await Promise.all(waits);
    expect(order).toEqual(['a', 'b', 'c']);
  });

  it('does not let tryAcquire pass those who wait', async () => {
    const { pool, factory, settle } = setUp({ max: 2 });
    const held = await pool.acquire();
    factory.isHeld = true;
    const waiting = track(pool.acquire());
    await settle();
    factory.creations[0]?.succeed();
    expect(pool.tryAcquire()).toBeUndefined();

    await settle();
    expect(waiting.value?.value.id).toBe(2);
    held.release();
    expect(pool.tryAcquire()?.value.id).toBe(1);
  });

  it('gives a waiter whichever comes first, a returned or a new resource', async () => {
    const { pool, factory, settle } = setUp({ max: 2 });
    const held = await pool.acquire();
    factory.isHeld = true;
    const waiting = track(pool.acquire());
    await settle();
    held.release();
    await settle();
    expect(waiting.value).toMatchObject({ value: { id: 1 }, reused: true });

    factory.creations[0]?.succeed();
    await settle();
    expect(pool.stats()).toMatchObject({ size: 2, active: 1, idle: 1 });
  });

  it('lends the resource returned last by default, and the one idle longest if asked to', async () => {
    expect(await idsInOrder('lifo')).toEqual([3, 2, 1]);
    expect(await idsInOrder('fifo')).toEqual([1, 2, 3]);
  });

  it('keeps no timer for a caller that is served at once', async () => {
    const { pool, clock } = setUp({ idleTimeoutMs: 0, maxLifetimeMs: 0 });
    (await pool.acquire()).release();
    const pending = track(pool.acquire());
    expect(clock.pending).toBe(0);
    await clock.advance(0);
    expect(pending.state).toBe('fulfilled');
  });
});

describe('a lease', () => {
  it('is released once, however often it is told to', async () => {
    const { pool } = setUp({ max: 2 });
    const first = await pool.acquire();
    first.release();
    const second = await pool.acquire();
    first.release();
    first.destroy();
    expect(pool.stats()).toMatchObject({ active: 1, size: 1 });
    second.release();
    expect(pool.stats()).toMatchObject({ active: 0, idle: 1 });
  });

  it('closes a resource that its holder found broken, and the place is free', async () => {
    const destroyed = vi.fn();
    const { pool, factory } = setUp({ max: 1 }, { observer: { destroyed } });
    const lease = await pool.acquire();
    const waiting = pool.acquire();
    const cause = new Error('protocol error');
    lease.destroy(cause);
    expect((await waiting).value.id).toBe(2);
    expect(factory.closed).toEqual(['1 error']);
    expect(destroyed).toHaveBeenCalledExactlyOnceWith('error', 0, cause);
  });

  it('is released at the end of its block', async () => {
    const { pool } = setUp();
    {
      await using lease = await pool.acquire();
      expect(lease.value.id).toBe(1);
    }
    expect(pool.stats()).toMatchObject({ active: 0, idle: 1 });
  });
});

describe('use', () => {
  it('gives the resource back and passes the result on', async () => {
    const { pool } = setUp();
    expect(await pool.use(({ id }) => id * 10)).toBe(10);
    expect(await pool.use(async ({ id }) => id * 10)).toBe(10);
    expect(pool.stats()).toMatchObject({ active: 0, idle: 1 });
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
  ])('closes the resource when the function %s', async (_, fn) => {
    const { pool, factory } = setUp();
    await expect(pool.use(fn)).rejects.toThrow('no');
    expect(factory.closed).toEqual(['1 error']);
    expect(pool.stats()).toMatchObject({ size: 0, active: 0 });
  });
});

describe('waiting', () => {
  it('ends with an error that carries the state of the pool when time is up', async () => {
    const { pool, clock } = setUp({ max: 1, acquireTimeoutMs: 100 });
    const held = await pool.acquire();
    const waiting = track(pool.acquire());
    await clock.advance(99);
    expect(waiting.state).toBe('pending');
    await clock.advance(1);
    expect(waiting.error).toMatchObject({
      code: 'ERR_POOL_ACQUIRE_TIMEOUT',
      message: expect.stringContaining('Lent: 1 of 1; idle: 0; being created: 0; waiting: 1.'),
      stats: { active: 1, max: 1 },
    });
    expect(pool.stats()).toMatchObject({ pending: 0, timeouts: 1, waitCount: 2, waitTotalMs: 100 });
    held.release();
    expect(pool.tryAcquire()).toBeDefined();
  });

  it('names the last failure to create as the cause of a time-out', async () => {
    const { pool, clock, factory } = setUp({ max: 2 });
    await pool.acquire();
    factory.failure = new Error('refused');
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CREATE_FAILED' });
    factory.failure = undefined;
    factory.isHeld = true;
    const waiting = track(pool.acquire({ timeoutMs: 50 }));
    await clock.advance(50);
    expect(waiting.error).toMatchObject({ code: 'ERR_POOL_ACQUIRE_TIMEOUT', cause: { message: 'refused' } });
  });

  it('has no limit with a time-out of 0', async () => {
    const { pool, clock } = setUp({ max: 1, acquireTimeoutMs: 0 });
    const held = await pool.acquire();
    const waiting = track(pool.acquire());
    await clock.advance(3_600_000);
    expect(waiting.state).toBe('pending');
    held.release();
    await clock.advance(0);
    expect(waiting.state).toBe('fulfilled');
  });

  it('ends when the signal aborts, and the next waiter is not stranded', async () => {
    const { pool, settle } = setUp({ max: 1 });
    const held = await pool.acquire();
    const abort = new AbortController();
    const first = track(pool.acquire({ signal: abort.signal }));
    const second = track(pool.acquire());
    await settle();
    const reason = new Error('client gone');
    abort.abort(reason);
    await settle();
    expect(first.error).toMatchObject({ code: 'ERR_POOL_ABORTED', cause: reason });

    held.release();
    await settle();
    expect(second.value?.value.id).toBe(1);
  });

  it('ends for all who share a signal, which gets one listener, so that Node warns of no leak', async () => {
    const { pool, settle } = setUp({ max: 1 });
    await pool.acquire();
    const abort = new AbortController();
    const added = vi.spyOn(abort.signal, 'addEventListener');
    const removed = vi.spyOn(abort.signal, 'removeEventListener');
    const waits = Array.from({ length: 20 }, () => track(pool.acquire({ signal: abort.signal })));
    expect(added).toHaveBeenCalledOnce();
    abort.abort();
    await settle();
    expect(waits.every(({ state }) => state === 'rejected')).toBe(true);
    expect(removed).toHaveBeenCalledOnce();
  });

  it('does not begin with a signal that was aborted before', async () => {
    const { pool, factory } = setUp();
    await expect(pool.acquire({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ERR_POOL_ABORTED' });
    expect(factory.calls).toBe(0);
  });

  it('keeps what was created for a waiter that has gone', async () => {
    const { pool, factory, settle } = setUp();
    factory.isHeld = true;
    const abort = new AbortController();
    const gone = track(pool.acquire({ signal: abort.signal }));
    await settle();
    abort.abort();
    factory.creations[0]?.succeed();
    await settle();
    expect(gone.state).toBe('rejected');
    expect(pool.tryAcquire()?.value.id).toBe(1);
  });

  it('is refused beyond maxWaiting; those who get a resource of their own do not count', async () => {
    const { pool, factory, settle } = setUp({ max: 2, maxWaiting: 1 });
    factory.isHeld = true;
    const waits = Array.from({ length: 4 }, () => track(pool.acquire()));
    await settle();
    expect(waits.map(({ state }) => state)).toEqual(['pending', 'pending', 'pending', 'rejected']);
    expect(waits[3]?.error).toMatchObject({ code: 'ERR_POOL_QUEUE_FULL', stats: { pending: 3, creating: 2 } });
  });

  it('leaves no timer and no listener behind', async () => {
    const { pool, clock } = setUp({ max: 1, idleTimeoutMs: 0, maxLifetimeMs: 0, dialDelayMs: 10 });
    const { signal } = new AbortController();
    const removed = vi.spyOn(signal, 'removeEventListener');
    const served = pool.acquire({ signal });
    await clock.advance(10);
    const lease = await served;
    expect(clock.pending).toBe(0);
    expect(removed).toHaveBeenCalledOnce();
    lease.release();
  });

  it('prefers a returned resource for dialDelayMs before another is created', async () => {
    const { pool, clock, factory } = setUp({ max: 3, dialDelayMs: 20 });
    const held = pool.acquire();
    await clock.advance(20);
    const lease = await held;

    const patient = track(pool.acquire());
    await clock.advance(19);
    lease.release();
    await clock.advance(0);
    expect(patient.value?.value.id).toBe(1);
    expect(factory.created).toBe(1);

    const other = track(pool.acquire());
    await clock.advance(19);
    expect(factory.created).toBe(1);
    await clock.advance(1);
    expect(other.value?.value.id).toBe(2);
    expect(factory.created).toBe(2);
  });
});

describe('options', () => {
  it.each([
    [{ max: 0 }, 'max must be a whole number from 1'],
    [{ max: 1.5 }, 'max must be a whole number'],
    [{ max: 2, maxIdle: 3 }, 'maxIdle must be a whole number from 0 to 2'],
    [{ minIdle: 11 }, 'minIdle must be a whole number from 0 to 10'],
    [{ maxWaiting: -1 }, 'maxWaiting must be a whole number'],
    [{ idleTimeoutMs: Number.NaN }, 'idleTimeoutMs must be a number of milliseconds'],
    [
      { maxLifetimeMs: 2 ** 31 },
      'maxLifetimeMs must be a number of milliseconds from 0 to 2147483647, but is 2147483648',
    ],
  ])('are checked: %o', (options, message) => {
    expect(() => new Pool<Thing>(new ManualFactory(), options)).toThrow(message);
    expect(() => new Pool<Thing>(new ManualFactory(), options)).toThrow(
      expect.objectContaining({ code: 'ERR_POOL_INVALID_OPTION' }),
    );
  });

  it.each(['min', 'acquireTimeoutMillis'])('are refused where there is none of that name: %s', (name) => {
    expect(() => new Pool<Thing>(new ManualFactory(), { [name]: 1 })).toThrow(
      expect.objectContaining({
        code: 'ERR_POOL_INVALID_OPTION',
        message: expect.stringContaining(`There is no option ${name}; there are max, minIdle`),
      }),
    );
  });

  it('are checked per call too', async () => {
    const { pool } = setUp();
    const invalid = { code: 'ERR_POOL_INVALID_OPTION' };
    await expect(pool.acquire({ timeoutMs: -1 })).rejects.toMatchObject(invalid);
    await expect(pool.drain({ timeoutMs: Infinity })).rejects.toMatchObject(invalid);
    await expect(pool.warm(-1)).rejects.toMatchObject(invalid);
    // What a program that is not in TypeScript may come with.
    const misspelt: object = { timeout: 1 };
    await expect(pool.acquire(misspelt)).rejects.toMatchObject(invalid);
    await expect(pool.acquireMany(1, misspelt)).rejects.toMatchObject(invalid);
    await expect(pool.drain(misspelt)).rejects.toMatchObject(invalid);
    expect(() => pool.resize(misspelt)).toThrow(expect.objectContaining(invalid));
    expect(() => new AdaptiveSize(pool, misspelt)).toThrow(expect.objectContaining(invalid));
    expect(() => setUp({ adaptiveTimeout: misspelt })).toThrow(expect.objectContaining(invalid));
    expect(pool.isDraining).toBe(false);
  });
});

describe('a factory', () => {
  it.each([
    [{ create: undefined }, 'factory.create must be a function, but is undefined'],
    [{ destroy: undefined }, 'factory.destroy must be a function, but is undefined'],
    [{ validate: true }, 'factory.validate must be a function, or left out, but is true'],
  ])('is checked at once: %o', (part: object, message) => {
    const factory = { create: async () => 1, destroy: () => undefined };
    expect(() => new Pool(Object.assign(factory, part))).toThrow(message);
  });
});

describe('statistics', () => {
  it('tell the state, the counts and the averages', async () => {
    const { pool, clock } = setUp({ max: 4 });
    const [first, second] = await Promise.all([pool.acquire(), pool.acquire()]);
    await clock.advance(500);
    first.destroy();
    second.release();
    (await pool.acquire()).release();
    pool.tryAcquire();
    expect(pool.stats()).toEqual({
      size: 1,
      active: 1,
      idle: 0,
      pending: 0,
      creating: 0,
      max: 4,
      minIdle: 0,
      maxIdle: 4,
      utilisation: 0.25,
      created: 2,
      createFailures: 0,
      createTotalMs: 0,
      destroyed: { idle: 0, lifetime: 0, maxUses: 0, invalid: 0, died: 0, error: 1, evicted: 0, excess: 0, drain: 0 },
      acquired: 4,
      reused: 2,
      reuseRate: 0.5,
      waitCount: 2,
      waitTotalMs: 0,
      timeouts: 0,
      leaks: 0,
      averageLifetimeMs: 500,
    });
  });

  it('go to the observer as they happen', async () => {
    const observer = { created: vi.fn(), createFailed: vi.fn(), destroyed: vi.fn(), waitEnded: vi.fn() };
    const { pool, clock, factory } = setUp({ max: 1, idleTimeoutMs: 100 }, { observer });
    factory.isHeld = true;
    const waiting = pool.acquire();
    await clock.advance(30);
    factory.creations[0]?.succeed();
    (await waiting).release();
    await clock.advance(100);
    expect(observer.created).toHaveBeenCalledExactlyOnceWith(30);
    expect(observer.waitEnded).toHaveBeenCalledExactlyOnceWith(30, true);
    expect(observer.destroyed).toHaveBeenCalledExactlyOnceWith('idle', 100, undefined);

    const refused = new Error('refused');
    factory.failure = refused;
    await expect(pool.acquire()).rejects.toThrow('refused');
    expect(observer.createFailed).toHaveBeenCalledExactlyOnceWith(refused);
    expect(observer.waitEnded).toHaveBeenLastCalledWith(0, false);
  });
});

describe('the system around it', () => {
  const pools: Pool<object>[] = [];
  afterEach(() => Promise.all(pools.map((pool) => pool.drain({ timeoutMs: 0 }))));

  it('is used where no clock, randomness or observer is given', async () => {
    const pool = new Pool({ create: async () => ({}), destroy: () => {} }, { max: 1, acquireTimeoutMs: 1 });
    pools.push(pool);
    const lease: PoolLease<object> = await pool.acquire();
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_ACQUIRE_TIMEOUT' });
    lease.release();
  });
});

it('A pool turns everybody away who waits, and says whether newcomers would have to', async () => {
  const { pool, settle } = setUp({ max: 1 });
  expect(pool.isFull).toBe(false);
  const lease = await pool.acquire();
  expect(pool.isFull).toBe(true);
  const waits = [pool.acquire(), pool.acquire()].map((wait) => expect(wait).rejects.toThrow('elsewhere'));
  pool.turnAway(new Error('go elsewhere'));
  await Promise.all(waits);
  lease.release();
  await settle();
  expect(pool.stats()).toMatchObject({ idle: 1, pending: 0 });
  await pool.drain();
});
