import type { CloseReason } from '@millpond/contracts';
import { invalidOption } from './errors.ts';
import { object } from './option-checks.ts';

/** What {@link Factory.create} gets. */
export interface CreateContext {
  /** Aborts when the resource is no longer wanted or took too long; what arrives after that is destroyed. */
  readonly signal: AbortSignal;
  /**
   * Rejects when {@link CreateContext.signal} aborts, with its reason. For a factory that creates thousands in a second: a
   * signal costs 10 µs with its listener, and is made only for who reads it.
   */
  readonly calledOff: Promise<never>;
  /** Whether that has happened. */
  readonly isCalledOff: boolean;
  /**
   * To be called when the resource dies by itself, idle or lent, for example when the other side closes the
   * connection. An idle one leaves the pool at once, a lent one when it is given back. Further calls do nothing.
   */
  readonly died: () => void;
}

/** How a pool makes, checks and closes what it lends. */
export interface Factory<T> {
  /** Makes one. A rejection goes to one waiter, as the cause of ERR_POOL_CREATE_FAILED. */
  create(context: CreateContext): Promise<T>;
  /** Closes one, for good. Called once per resource, dead ones too; a failure is reported to the observer, nothing more. */
  destroy(resource: T, reason: CloseReason): void | Promise<void>;
  /**
   * Whether an idle resource may be lent. Asked right before it is; not of one that was created for its borrower.
   * A rejection, or no answer within `createTimeoutMs`, means no. Where it returns a promise, `tryAcquire` leaves the
   * resource alone and `acquire` waits for the answer; after 250 ms another one is tried or created for it as well.
   */
  validate?(resource: T): boolean | Promise<boolean>;
  /**
   * Keeps an idle resource alive, by a message to the other side that needs an answer. Asked for every `pingIntervalMs`,
   * and not lent until it is answered. A rejection, or no answer within `createTimeoutMs`, closes the resource.
   *
   * @param signal - aborts when the answer comes too late or is not needed any more
   */
  ping?(resource: T, signal: AbortSignal): Promise<void>;
}

/** @throws ERR_POOL_INVALID_OPTION */
export function checkFactory<T>(factory: Factory<T>): void {
  // A class whose static methods they are, is one, too.
  if (typeof factory !== 'function') object('factory', factory);
  for (const name of ['create', 'destroy', 'validate', 'ping'] satisfies (keyof Factory<T>)[]) {
    const isRequired = name === 'create' || name === 'destroy';
    const value: unknown = Reflect.get(factory, name);
    if (typeof value === 'function' || (value === undefined && !isRequired)) continue;
    throw invalidOption(`factory.${name}`, value, isRequired ? 'a function' : 'a function, or left out');
  }
}
