import { subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, it, vi } from 'vitest';
import { setUp, track } from '../test/pool-fixture.ts';
import type { Thing } from '../test/pool-fixture.ts';

describe('maxUses', () => {
  it('closes a resource that was lent often enough', async () => {
    const { pool, factory } = setUp({ maxUses: 2 });
    for (let use = 0; use < 3; use += 1) {
      await pool.use(() => {});
    }
    expect(factory.closed).toEqual(['1 maxUses']);
    expect(pool.stats()).toMatchObject({ idle: 1, created: 2 });
  });
});

describe('maxIdleTimeMs', () => {
  it('closes whatever is unused for that long, within minIdle, too, and has it replaced', async () => {
    const { pool, clock, factory } = setUp({ minIdle: 1, idleTimeoutMs: 0, maxIdleTimeMs: 1000, maxLifetimeMs: 0 });
    await clock.advance(999);
    expect(factory.closed).toEqual([]);
    await clock.advance(1);
    expect(factory.closed).toEqual(['1 idle']);
    expect(pool.stats()).toMatchObject({ idle: 1, created: 2 });
  });

  it('leaves idleTimeoutMs to those beyond minIdle', async () => {
    const { pool, clock, factory } = setUp({ minIdle: 1, idleTimeoutMs: 100, maxIdleTimeMs: 1000 });
    for (const lease of await pool.acquireMany(3)) lease.release();
    await clock.advance(100);
    expect(pool.stats().idle).toBe(1);
    expect(factory.closed.length).toBeGreaterThan(1);
  });
});

describe('aliveBypassMs', () => {
  it('spares what was used just now the validation', async () => {
    const validate = vi.fn<() => boolean>(() => true);
    const { pool, clock } = setUp({ aliveBypassMs: 500 }, { validate });
    (await pool.acquire()).release();
    await clock.advance(499);
    pool.tryAcquire()?.release();
    expect(validate).not.toHaveBeenCalled();
    await clock.advance(500);
    pool.tryAcquire()?.release();
    expect(validate).toHaveBeenCalledOnce();
  });
});

describe('pings', () => {
  /** A pool with three idle resources, and what they are asked. */
  async function setUpPings(ping: (thing: Thing, signal: AbortSignal) => Promise<void>, createTimeoutMs = 100) {
    const pinged: { readonly id: number; readonly at: number }[] = [];
    const world = setUp(
      { pingIntervalMs: 1000, createTimeoutMs, idleTimeoutMs: 0, maxLifetimeMs: 0 },
      {
        ping: (thing, signal) => {
          pinged.push({ id: thing.id, at: world.clock.now() });
          return ping(thing, signal);
        },
      },
    );
    for (const lease of await world.pool.acquireMany(3)) lease.release();
    return { ...world, pinged };
  }

  it('go to what is idle, on a schedule of their own, spread', async () => {
    const { pool, clock, pinged } = await setUpPings(async () => {});
    await clock.advance(749);
    expect(pinged).toEqual([]);
    await clock.advance(251);
    expect(new Set(pinged.map(({ id }) => id))).toEqual(new Set([1, 2, 3]));
    expect(new Set(pinged.map(({ at }) => at)).size).toBe(3);
    await clock.advance(10_000);
    expect(pinged.length).toBeGreaterThanOrEqual(33);
    expect(pool.stats()).toMatchObject({ idle: 3, acquired: 3 });
  });

  it('do not make a cold resource a warm one', async () => {
    const { pool, clock } = await setUpPings(async () => {});
    const hot = pool.tryAcquire();
    hot?.release();
    await clock.advance(5000);
    expect(pool.tryAcquire()?.value.id).toBe(hot?.value.id);
  });

  it('leave the order in which resources are lent as it was', async () => {
    const { pool, clock } = await setUpPings(async () => {});
    const inOrder = () => {
      const leases = [pool.tryAcquire(), pool.tryAcquire(), pool.tryAcquire()];
      for (const lease of leases.toReversed()) lease?.release();
      return leases.map((lease) => lease?.value.id);
    };
    const before = inOrder();
    await clock.advance(5000);
    expect(inOrder()).toEqual(before);
  });

  it('close what does not answer, or not in time', async () => {
    const { pool, clock, factory } = await setUpPings(async ({ id }) => {
      if (id === 1) throw new Error('gone');
      if (id === 2) await new Promise(() => {});
    });
    await clock.advance(1100);
    expect(factory.closed.toSorted()).toEqual(['1 invalid', '2 invalid']);
    expect(pool.stats()).toMatchObject({ size: 1, idle: 1 });
  });

  it('keep a resource from being lent meanwhile, but nobody waits for their answer if there is room', async () => {
    const { pool, clock, factory } = await setUpPings(() => new Promise(() => {}));
    await clock.advance(1000);
    expect(pool.tryAcquire()).toBeUndefined();
    const waiting = track(pool.acquire());
    await clock.advance(0);
    expect(waiting.value?.value.id).toBe(4);
    await clock.advance(100);
    expect(factory.closed).toHaveLength(3);
  });

  it('serve those who wait for their answer, if nothing can be created', async () => {
    const answers: (() => void)[] = [];
    const ping = () => new Promise<void>((resolve) => answers.push(resolve));
    const { pool, clock, factory } = setUp({ pingIntervalMs: 100 }, { ping });
    (await pool.acquire()).release();
    await clock.advance(100);
    factory.failure = new Error('refused');
    const waiting = track(pool.acquire());
    await clock.advance(0);
    expect(waiting.state).toBe('pending');
    expect(factory.calls).toBe(2);
    answers[0]?.();
    await clock.advance(0);
    expect(waiting.value?.value.id).toBe(1);
  });

  it('leave in sight what is being asked: nobody is turned away because of it', async () => {
    const answers: (() => void)[] = [];
    const ping = () => new Promise<void>((resolve) => answers.push(resolve));
    const { pool, clock } = setUp({ max: 1, maxWaiting: 0, pingIntervalMs: 100 }, { ping });
    (await pool.acquire()).release();
    await clock.advance(100);
    const waiting = track(pool.acquire());
    answers[0]?.();
    await clock.advance(0);
    expect(waiting.state).toBe('fulfilled');
  });

  it('are called off when the resource dies, and when the pool drains', async () => {
    const aborted: number[] = [];
    const { pool, clock, factory } = await setUpPings(({ id }, signal) => {
      signal.addEventListener('abort', () => aborted.push(id));
      return new Promise(() => {});
    }, 0);
    await clock.advance(1000);
    const [one] = factory.open;
    one?.die();
    await clock.advance(0);
    expect(factory.closed).toEqual([`${one?.id} died`]);
    await pool.drain();
    expect(new Set(aborted)).toEqual(new Set([1, 2, 3]));
    expect(factory.closed).toHaveLength(3);
    expect(clock.pending).toBe(0);
  });
});

describe('creations', () => {
  it('are maxCreating at once, at most', async () => {
    const { pool, factory, settle } = setUp({ max: 10, maxCreating: 2, minIdle: 1 }, { isHeld: true });
    const waits = Array.from({ length: 5 }, () => track(pool.acquire()));
    for (let ended = 0; ended < 6; ended += 1) {
      await settle();
      expect(pool.stats().creating).toBeLessThanOrEqual(2);
      factory.creations[ended]?.succeed();
    }
    await settle();
    expect(waits.every(({ state }) => state === 'fulfilled')).toBe(true);
    expect(pool.stats()).toMatchObject({ idle: 1, creating: 0 });
  });

  it('are held back after a failure, and callers get that failure at once', async () => {
    const { pool, factory, clock } = setUp({ createBackOffMs: 1000 });
    const refused = new Error('refused');
    factory.failure = refused;
    const waits = Array.from({ length: 20 }, () => track(pool.acquire()));
    await clock.advance(0);
    const callsAtFirst = factory.calls;
    expect(waits.every(({ state }) => state === 'rejected')).toBe(true);
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CREATE_FAILED', cause: refused });
    expect(factory.calls).toBe(callsAtFirst);

    for (let ms = 0; ms < 60_000; ms += 10) {
      await clock.advance(10);
      void track(pool.acquire());
    }
    expect(factory.calls - callsAtFirst).toBeLessThan(150);
    factory.failure = undefined;
    await clock.advance(1000);
    expect(await pool.acquire()).toBeDefined();
  });

  it('that fail refuse nobody while the pool is suspended', async () => {
    const { pool, clock } = setUp({ createBackOffMs: 1000 }, { failure: new Error('refused') });
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CREATE_FAILED' });
    pool.suspend();
    const waiting = track(pool.acquire());
    await clock.advance(0);
    expect(waiting.state).toBe('pending');
  });

  it('are tried one at a time after a failure, until one succeeds', async () => {
    const { pool, factory, clock } = setUp({ createBackOffMs: 1000, acquireTimeoutMs: 0 }, { isHeld: true });
    const held = track(pool.acquire());
    await clock.advance(0);
    factory.creations[0]?.succeed();
    await clock.advance(0);
    expect(held.state).toBe('fulfilled');
    const waits = Array.from({ length: 3 }, () => track(pool.acquire()));
    await clock.advance(0);
    for (const creation of factory.creations.slice(1)) creation.fail(new Error('refused'));
    await clock.advance(0);
    expect(waits.filter(({ state }) => state === 'rejected').length).toBeGreaterThan(0);
    const late = [track(pool.acquire()), track(pool.acquire()), track(pool.acquire())];
    await clock.advance(0);
    expect(pool.stats().creating).toBe(0);
    await clock.advance(1000);
    expect(pool.stats().creating).toBe(1);
    factory.creations.at(-1)?.succeed();
    await clock.advance(0);
    expect(pool.stats().creating).toBe(2);
    for (const creation of factory.creations.slice(-2)) creation.succeed();
    await clock.advance(0);
    expect(late.every(({ state }) => state === 'fulfilled')).toBe(true);
  });
});

describe('leak detection', () => {
  it("reports a loan that lasts too long, once, with the borrower's stack", async () => {
    const leaked = vi.fn();
    const { pool, clock } = setUp({ leakThresholdMs: 1000 }, { observer: { leaked } });
    const forgetful = () => pool.acquire();
    const lease = await forgetful();
    (await pool.acquire()).release();
    await clock.advance(999);
    expect(leaked).not.toHaveBeenCalled();
    await clock.advance(1);
    expect(leaked).toHaveBeenCalledExactlyOnceWith({ heldMs: 1000, stack: expect.stringContaining('forgetful') });
    await pool.acquire();
    await clock.advance(10_000);
    expect(pool.stats().leaks).toBe(2);
    lease.release();
  });

  it('knows the borrower of a batch, of tryAcquire, and of a replacement', async () => {
    const stacks: string[] = [];
    const observer = { leaked: ({ stack }: { readonly stack: string }) => stacks.push(stack) };
    const { pool, clock } = setUp({ leakThresholdMs: 1000 }, { observer });
    const inBatch = () => pool.acquireMany(2);
    const [first, second] = await inBatch();
    first?.release();
    const atOnce = () => pool.tryAcquire();
    atOnce();
    await second?.replace();
    await clock.advance(1000);
    expect(stacks).toEqual([expect.stringContaining('atOnce'), expect.stringContaining('inBatch')]);
  });

  it.each([false, true])(
    "begins the stack with the borrower, not with the pool's own frames (traced: %s)",
    async (isTraced) => {
      const stacks: string[] = [];
      const observer = { leaked: ({ stack }: { readonly stack: string }) => stacks.push(stack) };
      const { pool, clock } = setUp({ leakThresholdMs: 1000 }, { observer });
      const channel = tracingChannel('millpond:pool:acquire');
      const nothing = () => {};
      const listener = { start: nothing, end: nothing, asyncStart: nothing, asyncEnd: nothing, error: nothing };
      if (isTraced) channel.subscribe(listener);
      async function borrower() {
        void pool.use(() => new Promise<void>(() => {}));
        await pool.acquire();
        await pool.acquireMany(2);
        (await pool.acquire()).release();
        pool.tryAcquire();
      }
      await borrower();
      if (isTraced) channel.unsubscribe(listener);
      await clock.advance(1000);
      expect(stacks).toHaveLength(5);
      for (const stack of stacks) expect(stack.split('\n')[1]).toMatch(/^ +at borrower \(/);
    },
  );

  it('leaves no timer behind', async () => {
    const { pool, clock } = setUp({ leakThresholdMs: 1000, idleTimeoutMs: 0, maxLifetimeMs: 0 });
    (await pool.acquire()).release();
    expect(clock.pending).toBe(0);
  });
});

describe('what happens in a pool', () => {
  it('is published on diagnostics channels', async () => {
    const messages: unknown[] = [];
    const names = ['created', 'create-failed', 'destroyed', 'wait-ended', 'leaked'].map((n) => `millpond:pool:${n}`);
    const listen = (message: unknown, name: string | symbol) => messages.push([name, message]);
    for (const name of names) subscribe(name, listen);
    try {
      const { pool, clock, factory } = setUp({ leakThresholdMs: 10 });
      const lease = await pool.acquire();
      await clock.advance(10);
      lease.destroy('broken');
      factory.failure = 'refused';
      await expect(pool.acquire()).rejects.toThrow('refused');
    } finally {
      for (const name of names) unsubscribe(name, listen);
    }
    expect(messages).toEqual([
      ['millpond:pool:created', { pool: 'pool', createMs: 0 }],
      ['millpond:pool:wait-ended', { pool: 'pool', waitMs: 0, served: true }],
      ['millpond:pool:leaked', { pool: 'pool', heldMs: 10, stack: expect.any(String) }],
      ['millpond:pool:destroyed', { pool: 'pool', reason: 'error', lifetimeMs: 10, cause: 'broken' }],
      ['millpond:pool:create-failed', { pool: 'pool', error: 'refused' }],
      ['millpond:pool:wait-ended', { pool: 'pool', waitMs: 0, served: false }],
    ]);
  });

  it('can be traced: one span for each acquire, from the call to its lease or its error', async () => {
    const channel = tracingChannel('millpond:pool:acquire');
    const events: unknown[] = [];
    const note = (event: string) => (trace: object) => void events.push([event, { ...trace }]);
    const handlers = {
      start: note('start'),
      end: () => {},
      asyncStart: () => {},
      asyncEnd: note('asyncEnd'),
      error: note('error'),
    };
    const { pool, factory } = setUp();
    channel.subscribe(handlers);
    try {
      const lease = await pool.acquire({ priority: -1 });
      const leases = await pool.acquireMany(2);
      factory.failure = 'refused';
      const error: unknown = await pool.acquire().catch((reason: unknown) => reason);
      const [one, two, three] = [
        { pool: 'pool', count: 1, priority: -1 },
        { pool: 'pool', count: 2, priority: 0 },
        { pool: 'pool', count: 1, priority: 0 },
      ];
      expect(events).toEqual([
        ['start', one],
        ['asyncEnd', { ...one, result: lease }],
        ['start', two],
        ['asyncEnd', { ...two, result: leases }],
        ['start', three],
        ['error', { ...three, error }],
        ['asyncEnd', { ...three, error }],
      ]);
    } finally {
      channel.unsubscribe(handlers);
    }
    await pool.tryAcquire()?.[Symbol.asyncDispose]();
    expect(events).toHaveLength(7);
  });

  it('is not harmed by an observer that throws, whose failure is an uncaught exception', async () => {
    const thrown: unknown[] = [];
    process.setUncaughtExceptionCaptureCallback((error) => thrown.push(error));
    const fail = () => {
      throw new Error('observed badly');
    };
    const observer = { created: fail, destroyed: fail, waitEnded: fail, returned: fail };
    const { pool, factory } = setUp({ max: 1 }, { observer });
    const [lease] = [await pool.acquire()];
    const waiting = pool.acquire();
    lease.release();
    (await waiting).destroy();
    await new Promise((resolve) => void setImmediate(resolve));
    process.setUncaughtExceptionCaptureCallback(null);
    expect(factory.closed).toEqual(['1 error']);
    expect(pool.stats()).toMatchObject({ size: 0, active: 0, pending: 0 });
    expect(thrown.length).toBeGreaterThanOrEqual(4);
  });

  it('tells the observer how long loans last', async () => {
    const returned = vi.fn();
    const { pool, clock } = setUp({}, { observer: { returned } });
    const lease = await pool.acquire();
    await clock.advance(30);
    lease.release();
    const second = await pool.acquire();
    await clock.advance(5);
    await second.replace();
    expect(returned.mock.calls).toEqual([[30], [5]]);
  });
});

describe('adaptiveTimeout', () => {
  it('has callers wait a multiple of what others waited, within bounds', async () => {
    const { pool, clock } = setUp({ max: 1, acquireTimeoutMs: 5000, adaptiveTimeout: { minMs: 20, factor: 3 } });
    for (let round = 0; round < 64; round += 1) {
      const held = await pool.acquire();
      const waiting = pool.acquire();
      await clock.advance(10);
      held.release();
      (await waiting).release();
    }
    await pool.acquire();
    const hasty = track(pool.acquire());
    const patient = track(pool.acquire({ timeoutMs: 1000 }));
    await clock.advance(29);
    expect(hasty.state).toBe('pending');
    await clock.advance(1);
    expect(hasty.error).toMatchObject({ code: 'ERR_POOL_ACQUIRE_TIMEOUT' });
    expect(patient.state).toBe('pending');
  });

  it('recovers when waits become longer for good', async () => {
    const { pool, clock } = setUp({ max: 1, acquireTimeoutMs: 5000, adaptiveTimeout: { minMs: 20 } });
    const held = await pool.acquire();
    held.release();
    for (let round = 0; round < 32; round += 1) {
      for (const lease of await pool.acquireMany(1)) lease.release();
    }
    await pool.acquire();
    const hasty = track(pool.acquire());
    await clock.advance(20);
    expect(hasty.state).toBe('rejected');
    for (let round = 0; round < 32 * 8; round += 1) {
      void track(pool.acquire());
      await clock.advance(5000);
    }
    const last = track(pool.acquire());
    await clock.advance(4999);
    expect(last.state).toBe('pending');
  });

  it.each([{ minMs: -1 }, { percentile: 0 }, { factor: 0.5 }])('is checked: %o', (adaptiveTimeout) => {
    expect(() => setUp({ adaptiveTimeout })).toThrow(expect.objectContaining({ code: 'ERR_POOL_INVALID_OPTION' }));
  });
});

it('A resource that dies while it is being validated leaves at once, though no answer ever comes', async () => {
  const { pool, factory, settle } = setUp(
    { max: 1, createTimeoutMs: 0 },
    { validate: () => new Promise(() => undefined) },
  );
  const lease = await pool.acquire();
  lease.release();
  const waiting = track(pool.acquire());
  await settle();
  expect(waiting.state).toBe('pending');
  lease.value.die();
  await settle();
  expect(factory.closed).toEqual(['1 died']);
  expect(waiting.value?.value.id).toBe(2);
  await pool.drain({ timeoutMs: 0 });
});
