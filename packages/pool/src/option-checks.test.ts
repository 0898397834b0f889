import { tracingChannel } from 'node:diagnostics_channel';
import { describe, expect, it, vi } from 'vitest';
import { setUp, track } from '../test/pool-fixture.ts';
import { AdaptiveSize, Pool } from './index.ts';

const factory = { create: async () => ({}), destroy: () => {} };
const invalid = expect.objectContaining({ code: 'ERR_POOL_INVALID_OPTION' });

/** As programs call that are not in TypeScript. */
const construct = (...args: unknown[]): unknown => Reflect.construct(Pool, args);
const size = (...args: unknown[]): unknown => Reflect.construct(AdaptiveSize, args);

const call = (target: object, method: string, ...args: unknown[]) =>
  Reflect.apply(Reflect.get(target, method), target, args);

/** What `>=` would take for a number, or what is none. */
const NO_NUMBERS = ['5', null, true, [5], 5n, new Date(5), Number.NaN];

const NUMBERS = [
  ['max', 'minIdle', 'maxIdle', 'maxWaiting', 'maxCreating', 'maxUses', 'acquireTimeoutMs', 'createTimeoutMs'],
  ['createBackOffMs', 'idleTimeoutMs', 'maxIdleTimeMs', 'maxLifetimeMs', 'aliveBypassMs', 'pingIntervalMs'],
  ['leakThresholdMs', 'dialDelayMs'],
].flat();

describe('options of a pool', () => {
  it.each(NUMBERS)('%s is a number, not something that compares like one', (name) => {
    for (const value of NO_NUMBERS) expect(() => construct(factory, { [name]: value })).toThrow(invalid);
  });

  it('refuses an adaptiveTimeout that is no object, or has no numbers', () => {
    for (const adaptiveTimeout of [true, false, null, 5, 'on']) {
      expect(() => construct(factory, { adaptiveTimeout })).toThrow(invalid);
    }
    for (const name of ['minMs', 'percentile', 'factor']) {
      for (const value of NO_NUMBERS) {
        expect(() => construct(factory, { adaptiveTimeout: { [name]: value } })).toThrow(invalid);
      }
    }
  });

  it('are refused before anything is created', () => {
    const create = vi.fn(factory.create);
    for (const adaptiveTimeout of [null, { factor: 1 }]) {
      expect(() => construct({ ...factory, create }, { minIdle: 1, adaptiveTimeout })).toThrow(invalid);
    }
    expect(create).not.toHaveBeenCalled();
  });

  it('are an object', () => {
    for (const options of [null, 5, 'max', true]) expect(() => construct(factory, options)).toThrow(invalid);
  });

  it('come with a factory', () => {
    for (const none of [undefined, null, 5, 'create']) expect(() => construct(none)).toThrow(invalid);
  });

  it('come with a context whose names are known', () => {
    for (const context of [null, 5, { clok: 1 }, { observer: null }]) {
      expect(() => construct(factory, {}, context)).toThrow(invalid);
    }
    expect(construct(factory, {}, { name: 'a', observer: {} })).toBeInstanceOf(Pool);
  });
});

describe('options of a call', () => {
  const { pool } = setUp();
  const release = (leases: unknown) => [leases].flat().forEach((lease) => call(Object(lease), 'release'));
  const acquire = async (options: unknown) => release(await call(pool, 'acquire', options));
  const acquireMany = async (options: unknown) => release(await call(pool, 'acquireMany', 1, options));
  const use = async (options: unknown) => void (await call(pool, 'use', () => {}, options));
  const replace = async (options: unknown) => {
    const lease = await pool.acquire();
    try {
      release(await call(lease, 'replace', options));
    } finally {
      // It goes on where its replacement is refused.
      lease.release();
    }
  };
  const callers = Object.entries({ acquire, acquireMany, use, replace });

  it.each(callers)('%s takes an object, or nothing', async (_, caller) => {
    for (const options of [null, 3, 'x', true]) await expect(caller(options)).rejects.toEqual(invalid);
    expect(pool.stats()).toMatchObject({ active: 0, pending: 0 });
  });

  it.each(callers)('%s takes a signal that is one', async (_, caller) => {
    for (const signal of [null, {}, 5, new AbortController(), { aborted: false }, new EventTarget()]) {
      await expect(caller({ signal })).rejects.toEqual(invalid);
    }
    expect(pool.stats()).toMatchObject({ active: 0, pending: 0 });
    for (const signal of [undefined, new AbortController().signal]) {
      await expect(caller({ signal })).resolves.toBeUndefined();
    }
  });

  it.each(callers.slice(0, 3))('%s takes numbers that are numbers', async (_, caller) => {
    for (const value of NO_NUMBERS) {
      await expect(caller({ timeoutMs: value })).rejects.toEqual(invalid);
      await expect(caller({ priority: value })).rejects.toEqual(invalid);
    }
  });

  it('acquire rejects, and does not throw, while it is traced', async () => {
    const channel = tracingChannel('millpond:pool:acquire');
    const nothing = () => {};
    const subscriber = { start: nothing, end: nothing, asyncStart: nothing, asyncEnd: nothing, error: nothing };
    channel.subscribe(subscriber);
    await expect(call(pool, 'acquire', null)).rejects.toEqual(invalid);
    channel.unsubscribe(subscriber);
  });
});

describe('arguments', () => {
  it('use refuses what is no function before anything is acquired', async () => {
    const { pool, factory: things } = setUp();
    for (const fn of [undefined, null, 'fn']) {
      await expect(call(pool, 'use', fn)).rejects.toEqual(invalid);
    }
    expect(things.calls).toBe(0);
  });

  it('resize takes an object', () => {
    const { pool } = setUp();
    for (const sizes of [undefined, null, 5, { max: '5' }]) {
      expect(() => call(pool, 'resize', sizes)).toThrow(invalid);
    }
  });

  it('drain takes an object, or nothing, and closes nothing where it refuses', async () => {
    const { pool } = setUp();
    for (const options of [null, 5, { timeoutMs: '5' }]) {
      await expect(call(pool, 'drain', options)).rejects.toEqual(invalid);
    }
    expect(pool.isDraining).toBe(false);
  });

  it('evict takes a function, or nothing', async () => {
    const { pool } = setUp();
    await pool.warm(1);
    for (const match of [null, 'a', 1]) expect(() => call(pool, 'evict', match)).toThrow(invalid);
    expect(pool.stats().idle).toBe(1);
  });

  it('shrink and warm take a whole number', async () => {
    const { pool } = setUp();
    for (const count of [undefined, null, 'a', '1', -1, 0.5]) {
      expect(() => call(pool, 'shrink', count)).toThrow(invalid);
    }
    for (const count of [null, 'a', '1', -1]) {
      await expect(call(pool, 'warm', count)).rejects.toEqual(invalid);
    }
  });

  it('turnAway takes an error, whatever it is, so that nobody stays by mistake', async () => {
    const { pool, settle } = setUp({ max: 1 });
    await pool.acquire();
    const waiting = track(pool.acquire());
    expect(() => call(pool, 'turnAway')).toThrow(invalid);
    await settle();
    expect(waiting.state).toBe('pending');
    pool.turnAway(null);
    await settle();
    expect(waiting).toMatchObject({ state: 'rejected', error: null });
  });
});

describe('options of AdaptiveSize', () => {
  const { pool } = setUp();

  it('are numbers', () => {
    for (const name of ['intervalMs', 'minIdle', 'lookahead', 'headroom', 'levelWeight', 'trendWeight', 'purgeEvery']) {
      for (const value of NO_NUMBERS) expect(() => size(pool, { [name]: value })).toThrow(invalid);
    }
  });

  it('are an object, with an interval above 0', () => {
    for (const options of [null, 5, { intervalMs: 0 }]) expect(() => size(pool, options)).toThrow(invalid);
  });
});
