import type { Clock, Random, Timer } from '@millpond/contracts';
import type { Closer } from './closer.ts';
import { Creation } from './creation.ts';
import { createTimeout, diedAtBirth } from './errors.ts';
import type { Factory } from './factory.ts';
import type { Meter } from './meter.ts';
import type { PoolSettings } from './pool-options.ts';
import { Resource } from './slot.ts';

/** What a {@link Creator} works with. */
export interface CreatorOptions<T> {
  readonly factory: Factory<T>;
  readonly clock: Clock;
  readonly random: Random;
  readonly meter: Meter;
  readonly settings: Pick<PoolSettings, 'createTimeoutMs' | 'maxLifetimeMs'>;
  /** Gets what arrives when it is no longer wanted. */
  readonly closer: Closer<T>;
}

/** Up to this share is taken off a lifetime at random, so that what was created together does not end together. */
const LIFETIME_JITTER = 0.025;

/** Has the factory create resources, each within a time limit and until it is called off. */
export class Creator<T> {
  readonly #options: CreatorOptions<T>;
  readonly #underWay = new Set<Creation<T>>();

  constructor(options: CreatorOptions<T>) {
    this.#options = options;
  }

  /** Rejects as soon as `signal` aborts or time is up, even if the factory takes no notice. */
  async create(signal?: AbortSignal): Promise<Resource<T>> {
    const { clock, meter } = this.#options;
    const call = new Creation<T>();
    const callOff = () => this.#callOff(call, signal?.reason);
    signal?.throwIfAborted();
    signal?.addEventListener('abort', callOff, { once: true });
    const timer = this.#limit(call);
    const startedAt = clock.now();
    this.#underWay.add(call);
    try {
      const resource = await this.#call(call);
      meter.created(clock.now() - startedAt);
      return resource;
    } catch (error) {
      if (this.#underWay.has(call)) meter.createFailed(error);
      throw error;
    } finally {
      this.#underWay.delete(call);
      if (timer !== undefined) clock.clear(timer);
      signal?.removeEventListener('abort', callOff);
    }
  }

  /** Calls off everything that is under way. */
  abortAll(reason: unknown): void {
    for (const call of this.#underWay) this.#callOff(call, reason);
  }

  #callOff(call: Creation<T>, reason: unknown): void {
    this.#underWay.delete(call);
    call.callOff(reason);
  }

  #limit(call: Creation<T>): Timer | undefined {
    const { clock, settings } = this.#options;
    const { createTimeoutMs } = settings;
    if (createTimeoutMs === 0) return undefined;
    return clock.setTimeout(() => call.callOff(createTimeout(createTimeoutMs)), createTimeoutMs);
  }

  async #call(call: Creation<T>): Promise<Resource<T>> {
    const { factory, closer } = this.#options;
    // An async function, so that a factory that throws at once rejects like one that throws later.
    const creation = (async () => this.#born(await factory.create(call)))();
    let resource: Resource<T>;
    try {
      resource = await Promise.race([creation, call.calledOff]);
    } catch (error) {
      creation.then(
        (late) => closer.discard(late, 'evicted'),
        () => {},
      );
      throw error;
    }
    call.born(resource);
    if (!call.hasDied) return resource;
    void closer.discard(resource, 'died');
    throw diedAtBirth();
  }

  #born(value: T): Resource<T> {
    const { clock, random, settings } = this.#options;
    const { maxLifetimeMs } = settings;
    const now = clock.now();
    const lifetimeMs = maxLifetimeMs === 0 ? Infinity : maxLifetimeMs * (1 - LIFETIME_JITTER * random());
    return new Resource(value, now, now + lifetimeMs);
  }
}
