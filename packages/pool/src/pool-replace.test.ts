import { describe, expect, it } from 'vitest';
import { setUp, track } from '../test/pool-fixture.ts';

describe('replace', () => {
  it('closes the resource and creates another in its place, past those who wait', async () => {
    const { pool, factory, settle } = setUp({ max: 1 });
    const lease = await pool.acquire();
    const waiting = track(pool.acquire());
    const fresh = await lease.replace();
    expect(fresh).toMatchObject({ value: { id: 2 }, reused: false });
    expect(factory.closed).toEqual(['1 error']);
    expect(waiting.state).toBe('pending');
    expect(pool.stats()).toMatchObject({ size: 1, active: 1 });

    fresh.release();
    await settle();
    expect(waiting.value?.value.id).toBe(2);
  });

  it('ends the lease at once', async () => {
    const { pool, factory, settle } = setUp({ max: 1 });
    const lease = await pool.acquire();
    factory.isHeld = true;
    const replacing = track(lease.replace());
    lease.release();
    lease.destroy();
    expect(pool.stats()).toMatchObject({ size: 1, active: 1 });
    await expect(lease.replace()).rejects.toMatchObject({ code: 'ERR_POOL_LEASE_ENDED' });
    factory.creations[0]?.succeed();
    await settle();
    expect(replacing.state).toBe('fulfilled');
  });

  it('frees the place for those who wait when it fails', async () => {
    const { pool, factory, settle } = setUp({ max: 1 });
    const lease = await pool.acquire();
    const waiting = track(pool.acquire());
    factory.isHeld = true;
    const replacing = track(lease.replace());
    await settle();
    const refused = new Error('refused');
    factory.creations[0]?.fail(refused);
    await settle();
    expect(replacing.error).toMatchObject({ code: 'ERR_POOL_CREATE_FAILED', cause: refused });
    factory.creations[1]?.succeed();
    await settle();
    expect(waiting.value?.value.id).toBe(2);
    expect(factory.closed).toEqual(['1 error']);
  });

  it('stops when the signal aborts, and closes what comes too late', async () => {
    const { pool, factory, settle } = setUp({ max: 1 });
    const lease = await pool.acquire();
    factory.isHeld = true;
    const abort = new AbortController();
    const replacing = track(lease.replace({ signal: abort.signal }));
    await settle();
    abort.abort();
    await settle();
    expect(replacing.error).toMatchObject({ code: 'ERR_POOL_ABORTED' });
    expect(factory.creations[0]?.signal.aborted).toBe(true);
    expect(pool.stats()).toMatchObject({ size: 0, active: 0, createFailures: 0 });
    factory.creations[0]?.succeed();
    await settle();
    expect(factory.open.size).toBe(0);
  });

  it('forgets the death and the eviction of the resource that it replaces', async () => {
    const { pool, factory } = setUp();
    const lease = await pool.acquire();
    lease.value.die();
    pool.evict();
    const fresh = await lease.replace();
    lease.value.die();
    fresh.release();
    expect(factory.closed).toEqual(['1 died']);
    fresh.value.die();
    expect(factory.closed).toEqual(['1 died', '2 died']);
  });
});
