import type { Clock, Random, Timer } from '@millpond/contracts';
import type { Closer } from './closer.ts';
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
  readonly #underWay = new Set<AbortController>();

  constructor(options: CreatorOptions<T>) {
    this.#options = options;
  }

  /** Rejects as soon as `signal` aborts or time is up, even if the factory takes no notice. */
  async create(signal?: AbortSignal): Promise<Resource<T>> {
    const { clock, meter } = this.#options;
    const call = new AbortController();
    const callOff = () => this.#callOff(call, signal?.reason);
    signal?.throwIfAborted();
    signal?.addEventListener('abort', callOff, { once: true });
    const timer = this.#limit(call);
    const startedAt = clock.now();
    this.#underWay.add(call);
    try {
      const resource = await this.#call(call.signal);
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

  #callOff(call: AbortController, reason: unknown): void {
    this.#underWay.delete(call);
    call.abort(reason);
  }

  #limit(call: AbortController): Timer | undefined {
    const { clock, settings } = this.#options;
    const { createTimeoutMs } = settings;
    if (createTimeoutMs === 0) return undefined;
    return clock.setTimeout(() => call.abort(createTimeout(createTimeoutMs)), createTimeoutMs);
  }

  async #call(signal: AbortSignal): Promise<Resource<T>> {
    const { factory, closer } = this.#options;
    let resource: Resource<T> | undefined;
    let hasDied = false;
    const died = () => {
      if (resource === undefined) hasDied = true;
      else resource.die();
    };
    // An async function, so that a factory that throws at once rejects like one that throws later.
    const creation = (async () => this.#born(await factory.create({ signal, died })))();
    try {
      resource = await untilAborted(creation, signal);
    } catch (error) {
      creation.then(
        (late) => closer.discard(late, 'evicted'),
        () => {},
      );
      throw error;
    }
    if (!hasDied) return resource;
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

function untilAborted<R>(promise: Promise<R>, signal: AbortSignal): Promise<R> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject);
  });
}
