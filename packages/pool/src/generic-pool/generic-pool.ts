import { EventEmitter } from 'node:events';
import type { Factory } from '../factory.ts';
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

/** The longest delay of a timer: 24.8 days. */
const FOREVER_MS = 2 ** 31 - 1;

/**
 * A {@link Pool} with the names of generic-pool 3.9, for programs that move over: resources are lent as they are, without a
 * lease. Emits `factoryCreateError` and `factoryDestroyError`. Where it differs, docs/migrate-from-generic-pool.md says so.
 */
export class GenericPool<T> extends EventEmitter {
  readonly #pool: Pool<T>;
  readonly #loans = new Map<T, PoolLease<T>>();
  readonly #closing = new Set<Promise<void>>();
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
    this.#min = Math.min(options.min ?? 0, settings.max ?? 1);
    this.#priorities = Math.min(options.priorityRange ?? 1, 2 * HIGHEST_PRIORITY + 1);
    const ours: Factory<T> = {
      create: async () => factory.create(),
      destroy: (resource) => this.#close(async () => factory.destroy(resource), options.destroyTimeoutMillis),
      ...(options.testOnBorrow === true && {
        validate: async (resource) => (await factory.validate?.(resource)) !== false,
      }),
    };
    const observer = {
      createFailed: (error: unknown) => void this.emit('factoryCreateError', error),
      destroyFailed: (error: unknown) => void this.emit('factoryDestroyError', error),
    };
    this.#pool = new Pool(ours, settings, { observer });
    if (options.autostart ?? true) this.start();
  }

  /** Resources there are, or will be when they are created. */
  get size(): number {
    const { size, creating } = this.#pool.stats();
    return size + creating;
  }

  get available(): number {
    return this.#pool.stats().idle;
  }

  get borrowed(): number {
    return this.#loans.size;
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

  /** Resolves when `min` resources are idle. */
  async ready(): Promise<void> {
    await this.#pool.warm(Math.max(this.#min - this.#wanted, 0));
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
    await this.#pool.drain({ timeoutMs: FOREVER_MS });
  }

  /** Closes what is idle; resolves when that is done. Those that `min` asks for are replaced, unless the pool drains. */
  async clear(): Promise<void> {
    this.#pool.evict((resource) => !this.#loans.has(resource));
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
    if (this.#min > 0) this.#keepMinimum();
  }

  /** `min` counts lent resources, our `minIdle` does not. */
  #keepMinimum(): void {
    this.#pool.resize({ minIdle: Math.max(this.#min - this.#wanted, 0) });
  }

  async #close(destroy: () => Promise<unknown>, timeoutMs = 0): Promise<void> {
    const done = (async () => void (await withinLimit(destroy(), timeoutMs)))();
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
