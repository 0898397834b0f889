import { createPool as createOriginal } from 'generic-pool';
import { describe, expect, it, vi } from 'vitest';
import { createPool } from './index.ts';
import type { GenericPoolOptions } from './index.ts';

interface Thing {
  readonly id: number;
}

/** A factory that counts. */
function things() {
  const destroyed: number[] = [];
  let created = 0;
  const create = vi.fn<() => Promise<Thing>>(async () => ({ id: (created += 1) }));
  const destroy = vi.fn<(thing: Thing) => Promise<void>>(async ({ id }) => void destroyed.push(id));
  const validate = vi.fn<(thing: Thing) => Promise<boolean>>(async () => true);
  return { create, destroy, validate, destroyed };
}

/** The figures that a pool publishes. */
function levels({ size, available, borrowed, pending, max, min }: Record<Level, number>) {
  return { size, available, borrowed, pending, max, min };
}

type Level = 'size' | 'available' | 'borrowed' | 'pending' | 'max' | 'min';

/** Lets promises and immediates run. */
const turn = () => new Promise((resolve) => void setImmediate(resolve));

/** What generic-pool publishes, checked against generic-pool itself, too, so that we claim nothing that is not so. */
describe.each([
  ['ours', createPool],
  ['the original', createOriginal],
] as const)('generic-pool: %s', (_, create) => {
  const setUp = (options: GenericPoolOptions & { Promise?: never } = {}) => {
    const factory = things();
    const pool = create<Thing>(factory, options);
    return { factory, pool };
  };

  it('creates one resource at most by default, and lends it to one after the other', async () => {
    const { pool, factory } = setUp();
    const first = await pool.acquire();
    expect(first).toEqual({ id: 1 });
    const waiting = pool.acquire();
    expect(levels(pool)).toMatchObject({ size: 1, borrowed: 1, pending: 1, available: 0, max: 1, min: 0 });
    expect(pool.spareResourceCapacity).toBe(0);
    await pool.release(first);
    expect(await waiting).toBe(first);
    expect(factory.create).toHaveBeenCalledOnce();
  });

  it('knows what is borrowed', async () => {
    const { pool } = setUp();
    const thing = await pool.acquire();
    expect(pool.isBorrowedResource(thing)).toBe(true);
    await pool.release(thing);
    expect(pool.isBorrowedResource(thing)).toBe(false);
  });

  it('refuses to take back what is not lent', async () => {
    const { pool } = setUp();
    const thing = await pool.acquire();
    await pool.release(thing);
    await expect(pool.release(thing)).rejects.toThrow('Resource not currently part of this pool');
    await expect(pool.destroy(thing)).rejects.toThrow('Resource not currently part of this pool');
  });

  it('destroys a resource on demand, and creates another', async () => {
    const { pool, factory } = setUp();
    await pool.destroy(await pool.acquire());
    expect(factory.destroyed).toEqual([1]);
    expect(await pool.acquire()).toEqual({ id: 2 });
  });

  it('keeps min resources, lent ones included, and has them again after a loss', async () => {
    const { pool } = setUp({ min: 2, max: 4 });
    await pool.ready();
    expect(levels(pool)).toMatchObject({ size: 2, available: 2 });
    const [first, second] = [await pool.acquire(), await pool.acquire()];
    await turn();
    expect(levels(pool)).toMatchObject({ size: 2, available: 0, borrowed: 2 });
    await pool.destroy(first);
    await turn();
    expect(pool.size).toBe(2);
    await pool.release(second);
  });

  it('takes a min above max for max', () => {
    expect(levels(setUp({ min: 5, max: 2 }).pool)).toMatchObject({ min: 2, max: 2 });
  });

  it('waits with min until it is started, if told to', async () => {
    const { pool, factory } = setUp({ min: 1, autostart: false });
    await turn();
    expect(factory.create).not.toHaveBeenCalled();
    pool.start();
    await turn();
    expect(factory.create).toHaveBeenCalledOnce();
  });

  it.each([true, false])('lends what was returned first or last, with fifo %s', async (fifo) => {
    const { pool } = setUp({ max: 2, fifo });
    const [first, second] = await Promise.all([pool.acquire(), pool.acquire()]);
    await pool.release(first);
    await pool.release(second);
    expect(await pool.acquire()).toBe(fifo ? first : second);
  });

  it('serves lower priorities first, and takes those out of range for the last', async () => {
    const { pool } = setUp({ priorityRange: 3 });
    const held = await pool.acquire();
    const served: number[] = [];
    const uses = [2, 7, 1, 0].map(async (priority) => {
      const thing = await pool.acquire(priority);
      served.push(priority);
      await pool.release(thing);
    });
    await pool.release(held);
    await Promise.all(uses);
    expect(served).toEqual([0, 1, 2, 7]);
  });

  it('validates on borrow only if told to, and replaces what is invalid', async () => {
    const careless = setUp();
    await careless.pool.release(await careless.pool.acquire());
    await careless.pool.acquire();
    expect(careless.factory.validate).not.toHaveBeenCalled();

    const { pool, factory } = setUp({ testOnBorrow: true });
    await pool.release(await pool.acquire());
    factory.validate.mockResolvedValueOnce(false);
    expect(await pool.acquire()).toEqual({ id: 2 });
    expect(factory.destroyed).toEqual([1]);
  });

  it('refuses more than maxWaitingClients', async () => {
    const { pool } = setUp({ maxWaitingClients: 1 });
    await pool.acquire();
    void pool.acquire();
    await expect(pool.acquire()).rejects.toThrow();
    expect(pool.pending).toBe(1);
  });

  it('gives up after acquireTimeoutMillis', async () => {
    const { pool } = setUp({ acquireTimeoutMillis: 5 });
    await pool.acquire();
    await expect(pool.acquire()).rejects.toThrow();
    expect(pool.pending).toBe(0);
  });

  it('gives back after use, and destroys after a failure', async () => {
    const { pool, factory } = setUp();
    expect(await pool.use(async ({ id }) => id * 10)).toBe(10);
    await expect(pool.use(async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(factory.destroyed).toEqual([1]);
    expect(levels(pool)).toMatchObject({ borrowed: 0, size: 0 });
  });

  it('drains when all is given back, refuses newcomers, and clears the rest', async () => {
    const { pool, factory } = setUp({ max: 2 });
    const [held, idle] = await Promise.all([pool.acquire(), pool.acquire()]);
    await pool.release(idle);
    let isDrained = false;
    const drained = pool.drain().then(() => (isDrained = true));
    await expect(pool.acquire()).rejects.toThrow();
    await turn();
    expect(isDrained).toBe(false);
    await pool.release(held);
    await drained;
    await pool.clear();
    expect(new Set(factory.destroyed)).toEqual(new Set([1, 2]));
    expect(pool.size).toBe(0);
  });

  it('emits what the factory fails with', async () => {
    const { pool, factory } = setUp();
    const [onCreate, onDestroy] = [vi.fn(), vi.fn()];
    pool.on('factoryCreateError', onCreate);
    const refused = new Error('refused');
    factory.create.mockRejectedValueOnce(refused);
    await pool.acquire().catch(() => {});
    await vi.waitFor(() => expect(onCreate).toHaveBeenCalledWith(refused));
    const other = setUp({ destroyTimeoutMillis: 5 });
    other.factory.destroy.mockReturnValueOnce(new Promise(() => {}));
    other.pool.on('factoryDestroyError', onDestroy);
    await other.pool.destroy(await other.pool.acquire());
    await vi.waitFor(() => expect(onDestroy).toHaveBeenCalledOnce());
  });

  it('checks the factory', () => {
    const { create: make, destroy } = things();
    // @ts-expect-error -- no create
    expect(() => create({ destroy })).toThrow(TypeError);
    // @ts-expect-error -- no destroy
    expect(() => create({ create: make })).toThrow(TypeError);
    // @ts-expect-error -- no such validate
    expect(() => create({ create: make, destroy, validate: 1 })).toThrow(TypeError);
  });
});

describe('what ours does better', () => {
  it('tells a caller that the factory failed, instead of trying for ever', async () => {
    const factory = things();
    factory.create.mockRejectedValue(new Error('refused'));
    await expect(createPool(factory).acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CREATE_FAILED' });
    expect(factory.create).toHaveBeenCalledOnce();
  });

  it('clears what is idle, and leaves what is lent', async () => {
    const factory = things();
    const pool = createPool(factory, { max: 2 });
    const [held, idle] = await Promise.all([pool.acquire(), pool.acquire()]);
    await pool.release(idle);
    await pool.clear();
    expect(factory.destroyed).toEqual([idle.id]);
    await pool.release(held);
    expect(pool.available).toBe(1);
  });

  it('closes what is idle for too long: beyond min after one time, all of it after the other', async () => {
    const factory = things();
    const pool = createPool(factory, { max: 2, min: 1, evictionRunIntervalMillis: 5, softIdleTimeoutMillis: 10 });
    await Promise.all([pool.use(() => turn()), pool.use(() => turn())]);
    await vi.waitFor(() => expect(factory.destroyed).toHaveLength(1));
    expect(pool.size).toBe(1);
    await pool.drain();
  });

  it('closes nothing of min for being idle, as loans come and go', async () => {
    const factory = things();
    const pool = createPool(factory, { max: 4, min: 2, evictionRunIntervalMillis: 5, softIdleTimeoutMillis: 2 });
    await pool.ready();
    const startedAt = performance.now();
    await vi.waitFor(async () => {
      // Each time, whatever is idle has been so for longer than it may, were it not for min.
      await pool.use(() => turn());
      expect(performance.now() - startedAt).toBeGreaterThan(150);
    });
    expect(factory.create).toHaveBeenCalledTimes(2);
    expect(factory.destroyed).toEqual([]);
    await pool.drain();
  });
});
