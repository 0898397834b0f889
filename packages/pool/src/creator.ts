import type { Clock, Random } from '@millpond/contracts';
import { Alarm } from './alarm.ts';
import type { Closer } from './closer.ts';
import { Creation } from './creation.ts';
import { createTimeout, diedAtBirth } from './errors.ts';
import type { Factory } from './factory.ts';
import { LinkedList } from './linked-list.ts';
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
  /** In the order in which they began, in which their time is up, too; so one timer serves all. */
  readonly #underWay = new LinkedList<Creation<T>>();
  readonly #alarm: Alarm;

  constructor(options: CreatorOptions<T>) {
    this.#options = options;
    this.#alarm = new Alarm(options.clock, () => this.#onTimeout());
  }

  /** Rejects as soon as `signal` aborts or time is up, even if the factory takes no notice. */
  create(signal?: AbortSignal): Promise<Resource<T>> {
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    const { clock, settings } = this.#options;
    const call = new Creation<T>(clock.now());
    this.#underWay.addLast(call);
    if (settings.createTimeoutMs > 0) this.#alarm.setFor(call.startedAt + settings.createTimeoutMs);
    if (signal !== undefined) this.#watch(call, signal);
    void this.#run(call);
    return call.result;
  }

  /** Calls off everything that is under way. */
  abortAll(reason: unknown): void {
    for (const call of this.#underWay) this.#callOff(call, reason);
  }

  async #run(call: Creation<T>): Promise<void> {
    const { factory, clock, meter, closer } = this.#options;
    let value: T;
    try {
      value = await factory.create(call);
    } catch (error) {
      this.#fail(call, error);
      return;
    }
    const resource = this.#born(value);
    if (call.isCalledOff) {
      closer.discard(resource, 'evicted');
    } else if (call.hasDied) {
      closer.discard(resource, 'died');
      this.#fail(call, diedAtBirth());
    } else {
      this.#ended(call);
      meter.created(clock.now() - call.startedAt);
      call.succeed(resource);
    }
  }

  #fail(call: Creation<T>, error: unknown): void {
    if (call.isCalledOff) return;
    this.#ended(call);
    this.#options.meter.createFailed(error);
    call.fail(error);
  }

  #callOff(call: Creation<T>, reason: unknown): void {
    this.#ended(call);
    call.callOff(reason);
  }

  #ended(call: Creation<T>): void {
    this.#underWay.remove(call);
    if (this.#underWay.length === 0) this.#alarm.stop();
  }

  #watch(call: Creation<T>, signal: AbortSignal): void {
    const onAbort = () => {
      if (call.linked) this.#callOff(call, signal.reason);
    };
    const leave = () => signal.removeEventListener('abort', onAbort);
    signal.addEventListener('abort', onAbort, { once: true });
    call.result.then(leave, leave);
  }

  #onTimeout(): void {
    const { clock, settings, meter } = this.#options;
    const { createTimeoutMs } = settings;
    for (const call of this.#underWay) {
      const endsAt = call.startedAt + createTimeoutMs;
      if (endsAt > clock.now()) {
        this.#alarm.setFor(endsAt);
        return;
      }
      const error = createTimeout(createTimeoutMs);
      meter.createFailed(error);
      this.#callOff(call, error);
    }
  }

  #born(value: T): Resource<T> {
    const { clock, random, settings } = this.#options;
    const { maxLifetimeMs } = settings;
    const now = clock.now();
    const lifetimeMs = maxLifetimeMs === 0 ? Infinity : maxLifetimeMs * (1 - LIFETIME_JITTER * random());
    return new Resource(value, now, now + lifetimeMs);
  }
}
