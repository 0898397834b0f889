import { createPool as createOriginal } from 'generic-pool';
import { afterEach, describe, expect, it, vi } from 'vitest';
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

/** Has timers go off when the test says so, while promises and immediates run. */
function stopTime() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'] });
}

afterEach(() => void vi.useRealTimers());

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

  it('takes null for "not given"', async () => {
    const limits = { max: null, min: null, maxWaitingClients: null, priorityRange: null };
    const times = { acquireTimeoutMillis: null, idleTimeoutMillis: null, softIdleTimeoutMillis: null };
    const options: object = { ...limits, ...times, evictionRunIntervalMillis: null, autostart: null };
    const { pool } = setUp(options);
    expect(levels(pool)).toMatchObject({ max: 1, min: 0 });
    await pool.acquire();
    void pool.acquire();
    void pool.acquire();
    await turn();
    expect(pool.pending).toBe(2);
  });

  it('lends what was returned first where fifo is null', async () => {
    const options: object = { max: 2, fifo: null };
    const { pool } = setUp(options);
    const [first, second] = await Promise.all([pool.acquire(), pool.acquire()]);
    await pool.release(first);
    await pool.release(second);
    expect(await pool.acquire()).toBe(first);
  });

  it('gives destroy all the time where destroyTimeoutMillis is null', async () => {
    stopTime();
    const options: object = { destroyTimeoutMillis: null };
    const { pool, factory } = setUp(options);
    const onDestroy = vi.fn();
    pool.on('factoryDestroyError', onDestroy);
    factory.destroy.mockImplementationOnce(() => new Promise(() => {}));
    await pool.destroy(await pool.acquire());
    await vi.advanceTimersByTimeAsync(60_000);
    expect(onDestroy).not.toHaveBeenCalled();
  });

  it.each([Infinity, undefined])('has no limit of %s maxWaitingClients', async (maxWaitingClients) => {
    const { pool } = setUp(maxWaitingClients === undefined ? {} : { maxWaitingClients });
    await pool.acquire();
    void pool.acquire();
    void pool.acquire();
    expect(pool.pending).toBe(2);
  });

  it.each([Infinity, 2 ** 31])('keeps what is idle for ever with an idleTimeoutMillis of %s', async (never) => {
    stopTime();
    const times = { softIdleTimeoutMillis: never, idleTimeoutMillis: never };
    const { pool } = setUp({ ...times, evictionRunIntervalMillis: 100 });
    await pool.release(await pool.acquire());
    await vi.advanceTimersByTimeAsync(60_000);
    expect(pool.available).toBe(1);
  });

  it('clears what is being created for min, too', async () => {
    const { pool, factory } = setUp({ min: 1, autostart: false });
    let created = (_thing: Thing) => {};
    factory.create.mockImplementationOnce(() => new Promise((resolve) => (created = resolve)));
    pool.start();
    const cleared = pool.clear();
    await turn();
    created({ id: 100 });
    await cleared;
    expect(factory.destroyed).toEqual([100]);
  });

  it('clears nothing of a caller who has just been served', async () => {
    const { pool, factory } = setUp();
    await pool.release(await pool.acquire());
    const served = pool.acquire();
    await pool.clear();
    await pool.release(await served);
    await turn();
    expect(factory.destroyed).toEqual([]);
  });

  it('clears nothing that is being validated for a caller', async () => {
    const { pool, factory } = setUp({ testOnBorrow: true });
    await pool.release(await pool.acquire());
    let answer = (_isValid: boolean) => {};
    factory.validate.mockImplementationOnce(() => new Promise((resolve) => (answer = resolve)));
    const served = pool.acquire();
    await pool.clear();
    answer(true);
    expect(await served).toEqual({ id: 1 });
  });

  it('counts a loan from the call on, and a resource under test as neither lent nor available', async () => {
    const { pool, factory } = setUp();
    await pool.release(await pool.acquire());
    void pool.acquire();
    expect(levels(pool)).toMatchObject({ size: 1, available: 0, borrowed: 1, pending: 0 });

    const careful = setUp({ testOnBorrow: true });
    await careful.pool.release(await careful.pool.acquire());
    const tested = careful.pool.acquire();
    expect(levels(careful.pool)).toMatchObject({ size: 1, available: 0, borrowed: 0, pending: 1 });
    await careful.pool.release(await tested);
    expect(levels(careful.pool)).toMatchObject({ size: 1, available: 1, borrowed: 0, pending: 0 });
    expect(factory.create).toHaveBeenCalledOnce();
  });

  it('keeps min available ones for as long as idleTimeoutMillis, however many are lent', async () => {
    stopTime();
    const { pool, factory } = setUp({ min: 2, max: 5, evictionRunIntervalMillis: 20, softIdleTimeoutMillis: 50 });
    const all = await Promise.all(Array.from({ length: 5 }, () => pool.acquire()));
    await Promise.all(all.slice(2).map((thing) => pool.release(thing)));
    await vi.advanceTimersByTimeAsync(400);
    expect(factory.destroyed).toHaveLength(1);
    expect(levels(pool)).toMatchObject({ size: 4, available: 2, borrowed: 2 });
    expect(factory.create).toHaveBeenCalledTimes(5);
  });

  it('destroys first, and then creates what replaces it', async () => {
    const { pool, factory } = setUp({ min: 1 });
    await pool.ready();
    factory.create.mockClear();
    await pool.clear();
    await turn();
    const [destroyed = 0] = factory.destroy.mock.invocationCallOrder;
    expect(factory.create.mock.invocationCallOrder).toEqual([expect.any(Number)]);
    expect(factory.create.mock.invocationCallOrder[0]).toBeGreaterThan(destroyed);
  });

  it('replaces nothing that idleTimeoutMillis closes while min are lent', async () => {
    stopTime();
    const { pool, factory } = setUp({ min: 2, max: 4, evictionRunIntervalMillis: 20, idleTimeoutMillis: 50 });
    const all = await Promise.all(Array.from({ length: 4 }, () => pool.acquire()));
    await Promise.all(all.slice(2).map((thing) => pool.release(thing)));
    await vi.advanceTimersByTimeAsync(400);
    expect(levels(pool)).toMatchObject({ size: 2, available: 0, borrowed: 2 });
    expect(factory.create).toHaveBeenCalledTimes(4);
  });

  it('is ready when min are available, whatever is lent', async () => {
    stopTime();
    const { pool } = setUp({ min: 2, max: 4 });
    const held = await pool.acquire();
    let isReady = false;
    const ready = pool.ready().then(() => (isReady = true));
    await vi.advanceTimersByTimeAsync(150);
    expect(isReady).toBe(false);
    await pool.release(held);
    await vi.advanceTimersByTimeAsync(100);
    await ready;
    expect(pool.available).toBe(2);
  });

  it('is not ready, and creates nothing, before it is started', async () => {
    const { pool, factory } = setUp({ min: 1, autostart: false });
    const ready = pool.ready();
    await turn();
    expect(factory.create).not.toHaveBeenCalled();
    pool.start();
    await ready;
  });

  it('has one priority at least', async () => {
    expect(await setUp({ priorityRange: 0 }).pool.acquire(3)).toEqual({ id: 1 });
  });

  it('has defaults where the options are null', async () => {
    expect(levels(Reflect.apply(create<Thing>, undefined, [things(), null]))).toMatchObject({ max: 1, min: 0 });
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

  it('rejects where create throws at once, and nobody is left in the queue', async () => {
    const factory = things();
    factory.create.mockImplementation(() => {
      throw new Error('refused');
    });
    const pool = createPool(factory);
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CREATE_FAILED' });
    expect(levels(pool)).toMatchObject({ pending: 0, size: 0 });
  });

  it('rejects ready where create fails', async () => {
    const factory = things();
    factory.create.mockRejectedValue(new Error('refused'));
    const pool = createPool(factory, { min: 1 });
    await expect(pool.ready()).rejects.toMatchObject({ code: 'ERR_POOL_CREATE_FAILED' });
    await pool.drain();
  });

  it('refuses texts for numbers, and numbers that make no sense', () => {
    const names = ['max', 'min', 'maxWaitingClients', 'priorityRange', 'acquireTimeoutMillis', 'destroyTimeoutMillis'];
    names.push('evictionRunIntervalMillis', 'softIdleTimeoutMillis', 'idleTimeoutMillis');
    for (const name of names) {
      for (const value of ['5', true, [5], Number.NaN]) {
        expect(() => createPool(things(), { [name]: value }), name).toThrow(
          expect.objectContaining({
            code: 'ERR_POOL_INVALID_OPTION',
            message: expect.stringContaining(`${name} must be`),
          }),
        );
      }
    }
    for (const options of [
      { acquireTimeoutMillis: -1 },
      { acquireTimeoutMillis: Infinity },
      { idleTimeoutMillis: -1 },
    ]) {
      expect(() => createPool(things(), options)).toThrow(expect.objectContaining({ code: 'ERR_POOL_INVALID_OPTION' }));
    }
  });

  it('takes a validate that rejects for a no', async () => {
    const factory = things();
    factory.validate.mockRejectedValue(new Error('gone'));
    const pool = createPool(factory, { testOnBorrow: true });
    await pool.release(await pool.acquire());
    expect(await pool.acquire()).toEqual({ id: 2 });
    expect(factory.destroyed).toEqual([1]);
  });

  it('lends where it is to test and there is no validate', async () => {
    const { create, destroy } = things();
    const pool = createPool({ create, destroy }, { testOnBorrow: true });
    await pool.release(await pool.acquire());
    expect(await pool.acquire()).toEqual({ id: 1 });
  });

  it('creates another where a validation takes long', async () => {
    const factory = things();
    const pool = createPool(factory, { max: 2, testOnBorrow: true });
    await pool.release(await pool.acquire());
    factory.validate.mockReturnValueOnce(new Promise(() => {}));
    expect(await pool.acquire()).toEqual({ id: 2 });
    expect(levels(pool)).toMatchObject({ size: 2, available: 0, borrowed: 1 });
  });

  it('closes what is idle when it drains', async () => {
    const factory = things();
    const pool = createPool(factory);
    await pool.release(await pool.acquire());
    await pool.drain();
    expect(factory.destroyed).toEqual([1]);
    expect(pool.size).toBe(0);
  });

  it('destroys what was lent to a function that throws at once', async () => {
    const factory = things();
    const pool = createPool(factory);
    const fail = (): never => {
      throw new Error('no');
    };
    await expect(pool.use(fail)).rejects.toThrow('no');
    expect(factory.destroyed).toEqual([1]);
    expect(levels(pool)).toMatchObject({ borrowed: 0, size: 0 });
  });

  it('acquires nothing for what is no function', async () => {
    const factory = things();
    const pool = createPool(factory);
    await expect(Reflect.apply(Reflect.get(pool, 'use'), pool, [])).rejects.toMatchObject({
      code: 'ERR_POOL_INVALID_OPTION',
    });
    expect(factory.create).not.toHaveBeenCalled();
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
