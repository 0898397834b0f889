import { describe, expect, it } from 'vitest';
import { setUp, track } from '../test/pool-fixture.ts';
import type { Pool, PoolLease } from './index.ts';

async function acquireMany<T>(pool: Pool<T>, count: number): Promise<PoolLease<T>[]> {
  return Promise.all(Array.from({ length: count }, () => pool.acquire()));
}

describe('idle resources', () => {
  it('are closed after idleTimeoutMs', async () => {
    const { pool, clock, factory } = setUp({ idleTimeoutMs: 1000 });
    (await pool.acquire()).release();
    await clock.advance(999);
    expect(factory.closed).toEqual([]);
    await clock.advance(1);
    expect(factory.closed).toEqual(['1 idle']);
    expect(clock.pending).toBe(0);
  });

  it('shrink to what is in use: the coldest go, the one in use stays', async () => {
    const { pool, clock, factory } = setUp({ idleTimeoutMs: 1000 });
    for (const lease of await acquireMany(pool, 4)) lease.release();
    const hot = pool.tryAcquire()?.value.id;
    for (let second = 0; second < 4; second += 1) {
      await clock.advance(400);
      (await pool.acquire()).release();
    }
    expect(factory.closed).toHaveLength(2);
    expect(factory.closed).not.toContain(`${hot} idle`);
  });

  it('stay down to minIdle, and are not replaced again and again', async () => {
    const { pool, clock, factory } = setUp({ minIdle: 2, idleTimeoutMs: 1000, maxLifetimeMs: 0 });
    for (const lease of await acquireMany(pool, 4)) lease.release();
    await clock.advance(0);
    await clock.advance(600_000);
    expect(pool.stats()).toMatchObject({ idle: 2, creating: 0 });
    expect(factory.created - factory.closed.length).toBe(2);
    expect(factory.created).toBeLessThanOrEqual(6);
    expect(clock.pending).toBe(0);
  });

  it('beyond maxIdle are closed as they come back, the coldest first', async () => {
    const { pool, factory } = setUp({ maxIdle: 1 });
    const leases = await acquireMany(pool, 3);
    const ids = leases.map((lease) => lease.value.id);
    for (const lease of leases) lease.release();
    expect(factory.closed).toEqual([`${ids[0]} excess`, `${ids[1]} excess`]);
  });

  it('are not kept at all with a maxIdle of 0, but still go from hand to hand', async () => {
    const { pool, factory } = setUp({ max: 1, maxIdle: 0 });
    const first = await pool.acquire();
    const waiting = pool.acquire();
    first.release();
    const second = await waiting;
    expect(second.value.id).toBe(1);
    second.release();
    expect(factory.closed).toEqual(['1 excess']);
  });
});

describe('the lifetime of a resource', () => {
  it('ends at once when it is idle, up to 2.5 % before maxLifetimeMs', async () => {
    const { pool, clock, factory } = setUp({ idleTimeoutMs: 0, maxLifetimeMs: 100_000 });
    for (const lease of await acquireMany(pool, 10)) lease.release();
    await clock.advance(97_499);
    expect(factory.closed).toEqual([]);
    await clock.advance(1500);
    expect(factory.closed.length).toBeGreaterThan(0);
    expect(factory.closed.length).toBeLessThan(10);
    await clock.advance(1001);
    expect(factory.closed).toHaveLength(10);
    expect(pool.stats().destroyed.lifetime).toBe(10);
  });

  it('ends when it is given back, if it is lent', async () => {
    const { pool, clock, factory } = setUp({ maxLifetimeMs: 1000 });
    const lease = await pool.acquire();
    await clock.advance(5000);
    expect(factory.closed).toEqual([]);
    lease.release();
    expect(factory.closed).toEqual(['1 lifetime']);
  });
});

describe('minIdle', () => {
  it('is ready soon after the pool is made, and again after each loan', async () => {
    const { pool, factory, settle } = setUp({ max: 5, minIdle: 2 });
    await settle();
    expect(factory.created).toBe(2);
    expect(pool.tryAcquire()).toBeDefined();
    await settle();
    expect(pool.stats()).toMatchObject({ active: 1, idle: 2 });
  });

  it('is created a few at a time', async () => {
    const { pool, factory, settle } = setUp({ max: 50, minIdle: 40 }, { isHeld: true });
    await settle();
    expect(pool.stats()).toMatchObject({ creating: 16, idle: 0 });
    for (let ended = 0; ended < 40; ended += 1) {
      factory.creations[ended]?.succeed();
      await settle();
      expect(pool.stats().creating).toBeLessThanOrEqual(16);
    }
    expect(pool.stats()).toMatchObject({ creating: 0, idle: 40 });
  });

  it('gives way to max', async () => {
    const { pool, settle } = setUp({ max: 3, minIdle: 2 });
    await acquireMany(pool, 2);
    await settle();
    expect(pool.stats()).toMatchObject({ active: 2, idle: 1, size: 3 });
  });

  it('is tried again after a failure, ever more slowly, up to about 5 s', async () => {
    const { pool, clock, factory } = setUp({ minIdle: 1 }, { failure: new Error('refused') });
    await clock.advance(60_000);
    expect(factory.calls).toBeGreaterThan(15);
    expect(factory.calls).toBeLessThan(35);

    factory.failure = undefined;
    await clock.advance(5000);
    expect(pool.stats()).toMatchObject({ idle: 1 });
    expect(factory.closed).toEqual([]);
  });

  it('does not chase resources that die as soon as they are created', async () => {
    const { clock, factory } = setUp(
      { minIdle: 1 },
      {
        create: async (context) => {
          const thing = await factory.create(context);
          clock.setTimeout(thing.die, 1);
          return thing;
        },
      },
    );
    await clock.advance(60_000);
    expect(factory.calls).toBeGreaterThan(15);
    expect(factory.calls).toBeLessThan(35);
  });

  it('does not hold a caller back while it is held back itself', async () => {
    const { pool, factory, settle } = setUp({ minIdle: 1 }, { failure: new Error('refused') });
    await settle();
    factory.failure = undefined;
    expect((await pool.acquire()).value.id).toBe(1);
  });

  it('is not kept twice: what is being created for it also serves a caller', async () => {
    const { pool, factory, settle } = setUp({ minIdle: 1 }, { isHeld: true });
    const waiting = track(pool.acquire());
    await settle();
    expect(factory.calls).toBe(1);
    factory.creations[0]?.succeed();
    await settle();
    expect(waiting.state).toBe('fulfilled');
    expect(factory.calls).toBe(2);
  });
});

describe('warm', () => {
  it('resolves when that many are idle', async () => {
    const { pool, factory } = setUp();
    await pool.warm(3);
    expect(factory.created).toBe(3);
    expect([pool.tryAcquire(), pool.tryAcquire(), pool.tryAcquire()]).not.toContain(undefined);
  });

  it('waits for minIdle by default', async () => {
    const { pool, factory } = setUp({ minIdle: 2 });
    await pool.warm();
    expect(pool.stats()).toMatchObject({ idle: 2, created: 2 });
    expect(factory.calls).toBe(2);
  });

  it('goes no further than maxIdle and max', async () => {
    const { pool } = setUp({ max: 4, maxIdle: 2 });
    await pool.warm(10);
    expect(pool.stats()).toMatchObject({ idle: 2, created: 2 });
  });

  it('does not create again and again what a smaller maxIdle has closed', async () => {
    const { pool, factory, settle } = setUp({ max: 5 }, { isHeld: true });
    const warming = track(pool.warm(5));
    await settle();
    pool.resize({ maxIdle: 2 });
    for (let round = 0; round < 10; round += 1) {
      for (const creation of factory.creations.splice(0)) creation.succeed();
      await settle();
    }
    expect(warming.state).toBe('fulfilled');
    expect(factory.created).toBe(5);
    expect(pool.stats().idle).toBe(2);
  });

  it('rejects when one cannot be created', async () => {
    const { pool, factory } = setUp();
    factory.failure = new Error('refused');
    await expect(pool.warm(1)).rejects.toMatchObject({ code: 'ERR_POOL_CREATE_FAILED', cause: factory.failure });
  });
});

it('What a batch that failed had gathered is not kept beyond maxIdle when somebody else has taken what they need of it', async () => {
  const { pool, factory, clock, settle } = setUp(
    { max: 4, maxIdle: 0, maxCreating: 1, createTimeoutMs: 150, acquireTimeoutMs: 0 },
    { isHeld: true, validate: async () => true },
  );
  const batch = track(pool.acquireMany(3));
  for (let created = 0; created < 2; created += 1) {
    await settle();
    factory.creations.shift()?.succeed();
  }
  const single = track(pool.acquire());
  await clock.advance(150);
  expect(batch.error).toMatchObject({ code: 'ERR_POOL_CREATE_FAILED' });
  expect(single.state).toBe('fulfilled');
  expect(pool.stats()).toMatchObject({ active: 1, idle: 0, pending: 0 });
  await pool.drain({ timeoutMs: 0 });
});
