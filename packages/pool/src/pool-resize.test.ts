import { describe, expect, it } from 'vitest';
import { setUp, track } from '../test/pool-fixture.ts';

describe('resize', () => {
  it('makes room for those who wait', async () => {
    const { pool, settle } = setUp({ max: 1 });
    await pool.acquire();
    const waiting = track(pool.acquire());
    await settle();
    expect(waiting.state).toBe('pending');
    pool.resize({ max: 2 });
    await settle();
    expect(waiting.state).toBe('fulfilled');
    expect(pool.stats()).toMatchObject({ max: 2, maxIdle: 2, size: 2 });
  });

  it('closes what is too much: idle resources at once, lent ones when they are given back', async () => {
    const { pool, factory, settle } = setUp({ max: 4 });
    const leases = await pool.acquireMany(4);
    leases[0]?.release();
    pool.resize({ max: 2 });
    expect(factory.closed).toEqual([`${leases[0]?.value.id} excess`]);
    const waiting = track(pool.acquire());
    leases[1]?.release();
    await settle();
    expect(waiting.state).toBe('pending');
    leases[2]?.release();
    await settle();
    expect(waiting.state).toBe('fulfilled');
    expect(pool.stats()).toMatchObject({ size: 2, active: 2, destroyed: { excess: 2 } });
  });

  it('closes what arrives when there is no room for it any more', async () => {
    const { pool, factory, settle } = setUp({ max: 2 }, { isHeld: true });
    const waits = [track(pool.acquire()), track(pool.acquire())];
    await settle();
    pool.resize({ max: 1 });
    factory.creations[0]?.succeed();
    factory.creations[1]?.succeed();
    await settle();
    expect(pool.stats().size + pool.stats().creating).toBe(1);
    expect(waits.map(({ state }) => state).toSorted()).toEqual(['fulfilled', 'pending']);
  });

  it('keeps another minIdle from now on', async () => {
    const { pool, clock, settle } = setUp({ max: 5, minIdle: 3, idleTimeoutMs: 100, maxLifetimeMs: 0 });
    await clock.advance(1000);
    expect(pool.stats()).toMatchObject({ idle: 3 });
    pool.resize({ minIdle: 1 });
    await clock.advance(1);
    expect(pool.stats()).toMatchObject({ idle: 1, destroyed: { idle: 2 } });
    pool.resize({ minIdle: 4 });
    await settle();
    expect(pool.stats()).toMatchObject({ idle: 4, minIdle: 4 });
  });

  it('refuses batches that have become too large', async () => {
    const { pool, settle } = setUp({ max: 3 });
    await pool.acquire();
    const many = track(pool.acquireMany(3));
    await settle();
    pool.resize({ max: 2 });
    await settle();
    expect(many.error).toMatchObject({ code: 'ERR_POOL_INVALID_OPTION' });
    expect(await pool.acquire()).toBeDefined();
  });

  it('changes nothing if the sizes cannot be', () => {
    const { pool } = setUp({ max: 3, minIdle: 2 });
    expect(() => pool.resize({ max: 1 })).toThrow('minIdle must be a whole number from 0 to 1');
    expect(pool.stats()).toMatchObject({ max: 3, minIdle: 2, maxIdle: 3 });
  });
});

describe('shrink', () => {
  it('closes the coldest, down to minIdle', async () => {
    const { pool, factory } = setUp({ max: 4, minIdle: 1 });
    const leases = await pool.acquireMany(4);
    for (const lease of leases) lease.release();
    expect(pool.shrink(2)).toBe(2);
    expect(factory.closed).toEqual([`${leases[0]?.value.id} idle`, `${leases[1]?.value.id} idle`]);
    expect(pool.shrink(10)).toBe(1);
    expect(pool.stats().idle).toBe(1);
  });
});

describe('takePeak', () => {
  it('tells the most that was wanted at once since it was asked last', async () => {
    const { pool } = setUp({ max: 2 });
    const leases = await pool.acquireMany(2);
    const waiting = pool.acquire();
    leases[0]?.release();
    leases[1]?.release();
    await waiting;
    expect(pool.takePeak()).toBe(3);
    expect(pool.takePeak()).toBe(1);
  });
});

describe('suspend', () => {
  it('has everybody wait until resume, and takes back what is lent', async () => {
    const { pool, factory, settle } = setUp({ max: 2 });
    const held = await pool.acquire();
    pool.suspend();
    expect(pool.isSuspended).toBe(true);
    const waiting = track(pool.acquire());
    held.release();
    await settle();
    expect(pool.tryAcquire()).toBeUndefined();
    expect(waiting.state).toBe('pending');
    expect(pool.stats()).toMatchObject({ idle: 1, active: 0, pending: 1, created: 1 });

    pool.evict();
    expect(factory.closed).toEqual(['1 evicted']);
    pool.resume();
    await settle();
    expect(waiting.value?.value.id).toBe(2);
  });

  it('creates nothing for minIdle before resume, since that might still go to the old server', async () => {
    const { pool, factory, settle } = setUp({ minIdle: 2 });
    await settle();
    pool.suspend();
    pool.evict();
    await settle();
    expect(pool.stats()).toMatchObject({ size: 0, creating: 0, created: 2 });
    pool.resume();
    await settle();
    expect(pool.stats()).toMatchObject({ idle: 2, created: 4 });
    expect(factory.open.size).toBe(2);
  });

  it('ends waits in time all the same', async () => {
    const { pool, clock } = setUp({ acquireTimeoutMs: 100 });
    pool.suspend();
    const waiting = track(pool.acquire());
    await clock.advance(100);
    expect(waiting.error).toMatchObject({ code: 'ERR_POOL_ACQUIRE_TIMEOUT' });
  });

  it('ends with a drain, which serves those who wait', async () => {
    const { pool, settle } = setUp();
    pool.suspend();
    const waiting = track(pool.acquire());
    const drained = track(pool.drain());
    await settle();
    waiting.value?.release();
    await settle();
    expect(drained.state).toBe('fulfilled');
    pool.suspend();
    expect(pool.isSuspended).toBe(false);
  });
});
