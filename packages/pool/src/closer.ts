import type { Clock, CloseReason } from '@millpond/contracts';
import type { Factory } from './factory.ts';
import { isPromise } from './is-promise.ts';
import type { Meter } from './meter.ts';
import type { Resource } from './slot.ts';

/** Has the factory close resources, each once. */
export class Closer<T> {
  readonly #factory: Factory<T>;
  readonly #clock: Clock;
  readonly #meter: Meter;
  readonly #onClosed: () => void;
  #underWay = 0;

  /** @param onClosed - called when the factory has closed one */
  constructor(factory: Factory<T>, clock: Clock, meter: Meter, onClosed: () => void) {
    this.#factory = factory;
    this.#clock = clock;
    this.#meter = meter;
    this.#onClosed = onClosed;
  }

  /** Whether the factory still has something to close. */
  get isBusy(): boolean {
    return this.#underWay > 0;
  }

  /** Closes a resource that was in the pool; one that is closed already is left out. */
  close(resource: Resource<T>, reason: CloseReason, cause?: unknown): void {
    if (resource.isClosed) return;
    this.#meter.destroyed(reason, this.#clock.now() - resource.createdAt, cause);
    this.discard(resource, reason);
  }

  /** Closes a resource that never got into the pool, and so is not counted. */
  discard(resource: Resource<T>, reason: CloseReason): void {
    resource.isClosed = true;
    resource.onDeath = undefined;
    this.#underWay += 1;
    const closing = this.#destroy(resource.value, reason);
    if (isPromise(closing)) void this.#await(closing);
    else this.#finish();
  }

  #destroy(value: T, reason: CloseReason): void | Promise<void> {
    try {
      return this.#factory.destroy(value, reason);
    } catch (error) {
      this.#meter.destroyFailed(error);
      return undefined;
    }
  }

  async #await(closing: Promise<void>): Promise<void> {
    try {
      await closing;
    } catch (error) {
      this.#meter.destroyFailed(error);
    }
    this.#finish();
  }

  #finish(): void {
    this.#underWay -= 1;
    this.#onClosed();
  }
}
