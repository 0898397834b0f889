import { EventEmitter, once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { setUp, track } from '../test/pool-fixture.ts';

describe('drain', () => {
  it('closes what is idle, waits for what is lent, and is done when all is closed', async () => {
    const { pool, factory, clock, settle } = setUp();
    const [lent, other] = await Promise.all([pool.acquire(), pool.acquire()]);
    other.release();
    const done = track(pool.drain());
    expect(factory.closed).toEqual([`${other.value.id} drain`]);
    await clock.advance(29_999);
    expect(done.state).toBe('pending');
    lent.release();
    await settle();
    expect(done.state).toBe('fulfilled');
    expect(factory.open.size).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('serves nobody new, but those who wait already', async () => {
    const { pool, settle } = setUp({ max: 1 });
    const lent = await pool.acquire();
    const waiting = track(pool.acquire());
    const done = track(pool.drain());
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_DRAINING' });
    await expect(pool.warm(1)).rejects.toMatchObject({ code: 'ERR_POOL_DRAINING' });
    expect(pool.tryAcquire()).toBeUndefined();

    lent.release();
    await settle();
    expect(waiting.value?.value.id).toBe(1);
    expect(done.state).toBe('pending');
    waiting.value?.release();
    await settle();
    expect(done.state).toBe('fulfilled');
  });

  it('aborts at once what is being created for nobody', async () => {
    const { pool, factory, settle } = setUp({ minIdle: 1 }, { isHeld: true });
    const done = track(pool.drain());
    await settle();
    expect(factory.creations.map(({ signal }) => signal.aborted)).toEqual([true]);
    expect(done.state).toBe('fulfilled');
  });

  it('cuts everything off at the deadline', async () => {
    const { pool, factory, clock } = setUp({ max: 3 });
    const lent = await pool.acquire();
    const replaced = await pool.acquire();
    factory.isHeld = true;
    const replacing = track(replaced.replace());
    const waiting = track(pool.acquire());
    const done = track(pool.drain({ timeoutMs: 1000 }));
    await clock.advance(999);
    expect([done.state, waiting.state, replacing.state]).toEqual(['pending', 'pending', 'pending']);
    await clock.advance(1);
    expect(done.state).toBe('fulfilled');
    expect(waiting.error).toMatchObject({ code: 'ERR_POOL_DRAINING' });
    expect(replacing.error).toMatchObject({ code: 'ERR_POOL_DRAINING' });
    expect(factory.creations.every(({ signal }) => signal.aborted)).toBe(true);
    expect(factory.open.size).toBe(0);
    expect(pool.stats()).toMatchObject({ size: 0, active: 0, pending: 0, creating: 0 });

    lent.release();
    lent.destroy();
    for (const creation of factory.creations) creation.succeed();
    await clock.advance(0);
    expect(factory.open.size).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('cuts everything off at once with a time-out of 0', async () => {
    const { pool, factory } = setUp();
    await pool.acquire();
    await pool.drain({ timeoutMs: 0 });
    expect(factory.closed).toEqual(['1 drain']);
  });

  it('can be called again to bring the deadline forward, never to put it off', async () => {
    const { pool, clock } = setUp();
    await pool.acquire();
    const done = track(pool.drain({ timeoutMs: 10_000 }));
    void pool.drain({ timeoutMs: 100 });
    void pool.drain({ timeoutMs: 20_000 });
    await clock.advance(100);
    expect(done.state).toBe('fulfilled');
  });

  it('waits for the factory to close, but not beyond the deadline', async () => {
    const closing = new EventEmitter();
    const { pool, clock, settle } = setUp({}, { destroy: async () => void (await once(closing, 'end')) });
    (await pool.acquire()).release();
    const done = track(pool.drain());
    await settle();
    expect(done.state).toBe('pending');
    closing.emit('end');
    await settle();
    expect(done.state).toBe('fulfilled');

    const stuck = setUp({}, { destroy: () => new Promise<void>(() => {}) });
    (await stuck.pool.acquire()).release();
    const ended = track(stuck.pool.drain({ timeoutMs: 100 }));
    await stuck.clock.advance(100);
    expect(ended.state).toBe('fulfilled');
    expect(clock.pending).toBe(0);
  });

  it('closes a resource whose validation ends after the deadline', async () => {
    const answers: ((isValid: boolean) => void)[] = [];
    const validate = () => new Promise<boolean>((resolve) => answers.push(resolve));
    const { pool, factory, settle } = setUp({}, { validate });
    (await pool.acquire()).release();
    const waiting = track(pool.acquire());
    await settle();
    await pool.drain({ timeoutMs: 0 });
    expect(waiting.error).toMatchObject({ code: 'ERR_POOL_DRAINING' });
    answers[0]?.(true);
    await settle();
    expect(factory.closed).toEqual(['1 drain']);
  });

  it('waits for what is being closed as well, though it is called from there', async () => {
    const closed: number[] = [];
    let drained: Promise<void> | undefined;
    const { pool } = setUp(
      { max: 1 },
      {
        destroy: async (resource) => {
          drained ??= pool.drain().then(() => void closed.push(-1));
          await new Promise(setImmediate);
          closed.push(resource.id);
        },
      },
    );
    (await pool.acquire()).destroy();
    await drained;
    expect(closed).toEqual([1, -1]);
  });

  it('is what the end of a block does', async () => {
    const { pool, factory } = setUp();
    {
      await using scoped = pool;
      await scoped.use(() => {});
    }
    expect(factory.closed).toEqual(['1 drain']);
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_DRAINING' });
  });
});

it('A drain closes at its deadline what is being validated, though no answer ever comes', async () => {
  const { pool, factory, settle } = setUp(
    { max: 1, createTimeoutMs: 0 },
    { validate: () => new Promise(() => undefined) },
  );
  (await pool.acquire()).release();
  const waiting = track(pool.acquire());
  await settle();
  const drained = track(pool.drain({ timeoutMs: 0 }));
  await settle();
  expect([waiting.state, drained.state]).toEqual(['rejected', 'fulfilled']);
  expect([...factory.open]).toEqual([]);
  expect(pool.stats()).toMatchObject({ size: 0, active: 0, pending: 0 });
});
