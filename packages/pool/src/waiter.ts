import type { Clock, Timer } from '@millpond/contracts';
import type { Linked } from './linked-list.ts';
import type { Slot } from './slot.ts';

/** How a wait ends, and what happens during it. Exactly one of `onServed` and `onRefused` is called, once. */
export interface WaiterOptions<T> {
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  /** 0 is no limit. */
  readonly timeoutMs: number;
  readonly dialDelayMs: number;
  readonly onServed: (slot: Slot<T>, waitMs: number) => void;
  readonly onRefused: (error: unknown, waitMs: number) => void;
  readonly onTimeout: () => void;
  readonly onAbort: () => void;
  /** It has waited for a returned resource long enough: one may be created for it. Not called without a delay. */
  readonly onRipe: () => void;
}

/** A caller in the queue. Owns its timers and its listener, and drops them when it is served or refused. */
export class Waiter<T> implements Linked<Waiter<T>> {
  previous: Waiter<T> | undefined;
  next: Waiter<T> | undefined;
  linked = false;
  /** What generic-pool wants to see on whoever is to get a resource. */
  readonly state = 'PENDING';
  /** Whether a resource may be created for it by now. */
  isRipe: boolean;

  readonly #options: WaiterOptions<T>;
  readonly #since: number;
  #timeout: Timer | undefined;
  #dialDelay: Timer | undefined;

  constructor(options: WaiterOptions<T>) {
    const { clock, signal, timeoutMs, dialDelayMs } = options;
    this.#options = options;
    this.#since = clock.now();
    this.isRipe = dialDelayMs === 0;
    if (timeoutMs > 0) this.#timeout = clock.setTimeout(options.onTimeout, timeoutMs);
    if (dialDelayMs > 0) this.#dialDelay = clock.setTimeout(options.onRipe, dialDelayMs);
    signal?.addEventListener('abort', options.onAbort, { once: true });
  }

  /** Called by generic-pool, which has taken it out of the queue. */
  resolve(slot: Slot<T>): void {
    this.#options.onServed(slot, this.#end());
  }

  /** Called when it has been taken out of the queue without a resource. */
  reject(error: unknown): void {
    this.#options.onRefused(error, this.#end());
  }

  #end(): number {
    const { clock, signal, onAbort } = this.#options;
    if (this.#timeout !== undefined) clock.clear(this.#timeout);
    if (this.#dialDelay !== undefined) clock.clear(this.#dialDelay);
    signal?.removeEventListener('abort', onAbort);
    return clock.now() - this.#since;
  }
}
