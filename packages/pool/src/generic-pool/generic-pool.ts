import { EventEmitter } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Factory } from '../factory.ts';
import { callable, LONGEST_DELAY_MS } from '../option-checks.ts';
import type { PoolLease } from '../pool-lease.ts';
import { Pool } from '../pool.ts';
import { HIGHEST_PRIORITY } from '../priority-line.ts';
import { translate } from './options.ts';
import type { GenericPoolOptions } from './options.ts';

/** A factory as generic-pool knows it; results may be promises or not. */
export interface GenericPoolFactory<T> {
  create(): Promise<T> | T;
  destroy(resource: T): unknown;
  validate?(resource: T): Promise<boolean> | boolean;
}

/** How often {@link GenericPool.ready} looks, as in generic-pool. */
const LOOK_EVERY_MS = 100;

/**
 * A {@link Pool} with the names of generic-pool 3.9, for programs that move over: resources are lent as they are, without a
 * lease. Emits `factoryCreateError` and `factoryDestroyError`. Where it differs, docs/migrate-from-generic-pool.md says so.
 */
export class GenericPool<T> extends EventEmitter {
  readonly #pool: Pool<T>;
  readonly #loans = new Map<T, PoolLease<T>>();
  readonly #creating = new Set<Promise<T>>();
  readonly #closing = new Set<Promise<void>>();
  /** Resources that are being validated. */
  readonly #testing = new Set<T>();
  readonly #min: number;
  readonly #priorities: number;
  /** Resources that callers have, or are about to get. */
  #wanted = 0;
  #isStarted = false;

  /** @throws TypeError - the factory lacks something; ERR_POOL_INVALID_OPTION */
  constructor(factory: GenericPoolFactory<T>, options: GenericPoolOptions = {}) {
    super();
    checkFactory<T>(factory);
    const settings = translate(options);
    this.#min = settings.min;
    this.#priorities = settings.priorityRange;
    const ours: Factory<T> = {
      create: () => this.#create(factory),
      destroy: (resource) => this.#close(resource, factory, settings.destroyTimeoutMs),
      ...(settings.testOnBorrow && { validate: (resource) => this.#test(resource, factory) }),
    };
    const observer = {
      createFailed: (error: unknown) => void this.emit('factoryCreateError', error),
      destroyFailed: (error: unknown) => void this.emit('factoryDestroyError', error),
    };
    this.#pool = new Pool(ours, settings.pool, { observer });
    if (settings.autostart) this.start();
  }

  /** Resources there are, or will be when they are created. */
  get size(): number {
    const { size, creating } = this.#pool.stats();
    return size + creating;
  }

  get available(): number {
    return this.#pool.stats().idle - this.#testing.size;
  }

  get borrowed(): number {
    return this.#pool.stats().active;
  }

  get pending(): number {
    return this.#pool.stats().pending;
  }

  get max(): number {
    return this.#pool.stats().max;
  }

  get min(): number {
    return this.#min;
  }

  get spareResourceCapacity(): number {
    return this.max - this.size;
  }

  /** Begins to keep `min` resources. Called by itself, unless `autostart` is false; by `acquire` in any case. */
  start(): void {
    this.#isStarted = true;
    this.#keepMinimum();
  }

  /** Resolves when `min` resources are available, beside those that are lent. @throws ERR_POOL_CREATE_FAILED */
  async ready(): Promise<void> {
    for (;;) {
      if (this.#isStarted) await this.#pool.warm(Math.max(this.#min - this.#wanted, 0));
      if (this.available >= this.#min) return;
      await new Promise((resolve) => void setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  /** @param priority - 0 is served first; one out of range counts as the last */
  async acquire(priority = 0): Promise<T> {
    if (!this.#isStarted) this.start();
    const last = this.#priorities - 1;
    const rank = Number.isInteger(priority) && priority >= 0 && priority <= last ? priority : last;
    this.#want(1);
    try {
      const lease = await this.#pool.acquire({ priority: rank - HIGHEST_PRIORITY });
      this.#loans.set(lease.value, lease);
      return lease.value;
    } catch (error) {
      this.#want(-1);
      throw error;
    }
  }

  isBorrowedResource(resource: T): boolean {
    return this.#loans.has(resource);
  }

  /** Rejects if the resource is not lent. */
  async release(resource: T): Promise<void> {
    this.#takeBack(resource).release();
    this.#want(-1);
  }

  /** Rejects if the resource is not lent. */
  async destroy(resource: T): Promise<void> {
    this.#takeBack(resource).destroy();
    this.#want(-1);
  }

  /** Lends a resource to `fn`; destroys it if that fails. */
  async use<R>(fn: (resource: T) => Promise<R> | R, priority?: number): Promise<R> {
    callable('fn', fn);
    const resource = await this.acquire(priority);
    try {
      const result = await fn(resource);
      await this.release(resource);
      return result;
    } catch (error) {
      if (this.#loans.has(resource)) await this.destroy(resource);
      throw error;
    }
  }

  /** Refuses new callers; resolves when those who wait were served, and everything was given back and closed. */
  async drain(): Promise<void> {
    await this.#pool.drain({ timeoutMs: LONGEST_DELAY_MS });
  }

  /**
   * Closes what is idle, and what is being created now unless a caller gets it; resolves when that is done. Those that
   * `min` asks for are replaced, unless the pool drains.
   */
  async clear(): Promise<void> {
    await Promise.allSettled(this.#creating);
    // By then what was created is idle, and whoever was served already is known.
    await nextTurn();
    this.#pool.evict((resource) => !this.#loans.has(resource) && !this.#testing.has(resource));
    await Promise.allSettled(this.#closing);
  }

  #takeBack(resource: T): PoolLease<T> {
    const lease = this.#loans.get(resource);
    if (lease === undefined) throw new Error('Resource not currently part of this pool');
    this.#loans.delete(resource);
    return lease;
  }

  #want(change: 1 | -1): void {
    this.#wanted += change;
    this.#keepMinimum();
  }

  /**
   * `min` counts lent resources, our `minIdle` does not. Of what there is beyond `min`, as many stay available, too: it is
   * not created, but `softIdleTimeoutMillis` does not close it.
   */
  #keepMinimum(): void {
    if (this.#min === 0 || !this.#isStarted) return;
    const size = Math.max(this.#pool.stats().size, this.#min);
    this.#pool.resize({ minIdle: Math.max(Math.min(size - this.#wanted, this.#min), 0) });
  }

  async #create(factory: GenericPoolFactory<T>): Promise<T> {
    const created = (async () => factory.create())();
    this.#creating.add(created);
    try {
      return await created;
    } finally {
      this.#creating.delete(created);
    }
  }

  async #test(resource: T, factory: GenericPoolFactory<T>): Promise<boolean> {
    this.#testing.add(resource);
    try {
      return (await factory.validate?.(resource)) !== false;
    } finally {
      this.#testing.delete(resource);
    }
  }

  async #close(resource: T, factory: GenericPoolFactory<T>, timeoutMs: number): Promise<void> {
    // Its validation may never end.
    this.#testing.delete(resource);
    const destroyed = (async () => factory.destroy(resource))();
    // Before our pool looks whether anything is missing.
    this.#keepMinimum();
    const done = (async () => void (await withinLimit(destroyed, timeoutMs)))();
    this.#closing.add(done);
    try {
      await done;
    } finally {
      this.#closing.delete(done);
    }
  }
}

/** As `createPool` of generic-pool. @throws TypeError - the factory lacks something; ERR_POOL_INVALID_OPTION */
export function createPool<T>(factory: GenericPoolFactory<T>, options?: GenericPoolOptions): GenericPool<T> {
  return new GenericPool(factory, options);
}

/** Programs that are not in TypeScript may give anything. */
function checkFactory<T>(factory: Partial<GenericPoolFactory<T>>): void {
  const { create, destroy, validate } = factory;
  if (typeof create !== 'function') throw new TypeError('factory.create must be a function');
  if (typeof destroy !== 'function') throw new TypeError('factory.destroy must be a function');
  if (validate !== undefined && typeof validate !== 'function') {
    throw new TypeError('factory.validate must be a function');
  }
}

function withinLimit(promise: Promise<unknown>, timeoutMs: number): Promise<unknown> {
  if (timeoutMs === 0) return promise;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('destroy timed out')), timeoutMs).unref();
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
