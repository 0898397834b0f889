import type { Clock, Random } from '@millpond/contracts';
import { BackOff } from './back-off.ts';

/** What a {@link CreationGate} works with. */
export interface CreationGateOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Creations for waiters that are under way at once, at most. */
  readonly maxCreating: number;
  /** The longest time for which it stays closed after a failure; 0: it never closes. */
  readonly longestBackOffMs: number;
  readonly onOpen: () => void;
}

/**
 * How many resources may be created for waiters. After a failure none for a while, and then one, until one succeeds: a
 * server that refuses is asked seldom, and one that comes back is not stormed.
 */
export class CreationGate {
  readonly #maxCreating: number;
  readonly #backOff: BackOff | undefined;
  #hasFailed = false;

  constructor({ clock, random, maxCreating, longestBackOffMs, onOpen }: CreationGateOptions) {
    this.#maxCreating = maxCreating;
    if (longestBackOffMs > 0) this.#backOff = new BackOff(clock, random, onOpen, longestBackOffMs);
  }

  get isClosed(): boolean {
    return this.#backOff?.isOn === true;
  }

  /** How many more may be begun, `underWay` of them being under way. */
  room(underWay: number): number {
    if (this.isClosed) return 0;
    return (this.#hasFailed ? 1 : this.#maxCreating) - underWay;
  }

  failed(): void {
    if (this.#backOff === undefined) return;
    this.#hasFailed = true;
    this.#backOff.failed();
  }

  succeeded(): void {
    this.#hasFailed = false;
    this.#backOff?.forget();
  }

  stop(): void {
    this.#backOff?.stop();
  }
}
