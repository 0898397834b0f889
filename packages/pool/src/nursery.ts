import type { Closer } from './closer.ts';
import type { CreationGate } from './creation-gate.ts';
import type { Creator } from './creator.ts';
import { diedAtBirth } from './errors.ts';
import type { Meter } from './meter.ts';
import { Slot } from './slot.ts';
import type { Resource } from './slot.ts';

/** What a {@link Nursery} works with. */
export interface NurseryOptions<T> {
  readonly creator: Creator<T>;
  readonly gate: CreationGate;
  readonly closer: Closer<T>;
  readonly meter: Meter;
  /** The resource of a slot has died by itself. */
  readonly onDeath: (slot: Slot<T>) => void;
}

/** Makes slots, and sees to it that no resource gets into one, or is used, that is dead by then. */
export class Nursery<T> {
  readonly #options: NurseryOptions<T>;

  constructor(options: NurseryOptions<T>) {
    this.#options = options;
  }

  /** A slot with a new resource. @throws what the factory throws, ERR_POOL_DIED_AT_BIRTH */
  create(): Promise<Slot<T>> {
    return this.#options.creator.create().then((resource) => this.#settle(resource));
  }

  /** A slot gets a resource. @throws ERR_POOL_DIED_AT_BIRTH - it has died since the factory gave it away */
  adopt(slot: Slot<T>, resource: Resource<T>): void {
    const { closer, onDeath } = this.#options;
    slot.resource = resource;
    slot.retirement = undefined;
    resource.onDeath = () => onDeath(slot);
    if (!resource.dead) return;
    closer.close(resource, 'died');
    throw this.diedAtBirth();
  }

  #settle(resource: Resource<T>): Slot<T> {
    this.#options.gate.succeeded();
    const slot = new Slot(resource);
    this.adopt(slot, resource);
    return slot;
  }

  /** A resource has died before anybody could use it: a failure to create, as far as anybody can tell. */
  diedAtBirth(): unknown {
    const error = diedAtBirth();
    this.#options.meter.createFailed(error);
    return error;
  }
}
