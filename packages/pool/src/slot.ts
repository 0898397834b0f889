import type { CloseReason } from '@millpond/contracts';
import { Link } from './linked-list.ts';
import type { Linked } from './linked-list.ts';

/** One resource that the factory made. */
export class Resource<T> {
  readonly value: T;
  readonly createdAt: number;
  /** When it has lived long enough; Infinity where there is no limit. */
  readonly expiresAt: number;
  /** How often it was lent. */
  uses = 0;
  /** Whether it was handed to the factory to be closed. */
  isClosed = false;
  /** Whether it died by itself. */
  dead = false;
  /** Called when it dies by itself; set by whoever looks after it. */
  onDeath: (() => void) | undefined;

  constructor(value: T, createdAt: number, expiresAt: number) {
    this.value = value;
    this.createdAt = createdAt;
    this.expiresAt = expiresAt;
  }

  die(): void {
    if (this.dead) return;
    this.dead = true;
    this.onDeath?.();
  }
}

/**
 * A place in the pool, one of `max`. It is what generic-pool manages and takes for the resource, so that a resource can
 * be replaced without giving up its place.
 */
export class Slot<T> implements Linked<Slot<T>> {
  resource: Resource<T>;
  /** The lease that holds it; undefined while it is not lent. */
  holder: object | undefined;
  /** Why it will be closed as soon as it can be; undefined while nothing is wrong with it. */
  retirement: CloseReason | undefined;
  /** What its last user said is wrong with it. */
  cause: unknown;
  /** Whether it was created for a waiter and is on its way there, so that it need not be validated. */
  isNew = true;
  /** The validation that is under way. */
  test: Promise<boolean> | undefined;
  /** Whether that validation takes so long that nobody is to count on it. */
  isDoubtful = false;
  /** Called when it is to be closed while somebody other than a borrower has it in hand: it is to be given back at once. */
  onRetired: (() => void) | undefined;
  idleSince: number;
  /** The higher, the later it became idle. */
  warmth = 0;
  /** When it was last known to work: it was given back, or answered a ping. */
  provenAt: number;
  /** When it was lent; kept only where somebody wants to know. */
  lentAt = 0;

  /** For the list of all slots; the slot itself is the link of the idle ones. */
  readonly link = new Link(this);
  previous: Slot<T> | undefined;
  next: Slot<T> | undefined;
  linked = false;
  /** Whether generic-pool is having it validated, and counts on it for a waiter. */
  isTested = false;
  /** generic-pool's record of it; unset until it is idle for the first time. */
  record: SlotRecord<T> | undefined;

  constructor(resource: Resource<T>) {
    this.resource = resource;
    this.idleSince = resource.createdAt;
    this.provenAt = resource.createdAt;
  }
}

/** generic-pool's own record of a slot; only what is needed of it. */
export interface SlotRecord<T> {
  readonly obj: Slot<T>;
}
