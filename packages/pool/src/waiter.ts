import type { Timer } from '@millpond/contracts';
import type { Link, Linked } from './linked-list.ts';
import type { Slot } from './slot.ts';

/** What a caller waits for, and how the wait ends: exactly one of `onServed` and `onRefused` is called, once. */
export interface WaitRequest<T> {
  /** How many resources it needs, all at once. */
  readonly count: number;
  /** From -4, served first, to 4. */
  readonly priority: number;
  /** 0 is no limit. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onServed: (slots: readonly Slot<T>[]) => void;
  readonly onRefused: (error: unknown) => void;
}

/** A caller in the queue, with what it has been given so far. */
export class Waiter<T> implements Linked<Waiter<T>> {
  previous: Waiter<T> | undefined;
  next: Waiter<T> | undefined;
  linked = false;
  readonly request: WaitRequest<T>;
  readonly since: number;
  /** Whether resources may be created for it by now. */
  isRipe: boolean;
  /** What it holds while it lacks the rest; see `acquireMany`. */
  readonly gathered: Slot<T>[] = [];
  ripening: Timer | undefined;
  abortLink: Link<() => void> | undefined;

  readonly #onHanded: (waiter: Waiter<T>, slot: Slot<T>) => void;

  /** @param onHanded - called with each resource that it is given */
  constructor(
    request: WaitRequest<T>,
    since: number,
    isRipe: boolean,
    onHanded: (waiter: Waiter<T>, slot: Slot<T>) => void,
  ) {
    this.request = request;
    this.since = since;
    this.isRipe = isRipe;
    this.#onHanded = onHanded;
  }

  /** How many resources it still lacks. */
  get missing(): number {
    return this.request.count - this.gathered.length;
  }

  /** When it gives up; Infinity is never. */
  get deadline(): number {
    const { timeoutMs } = this.request;
    return timeoutMs === 0 ? Infinity : this.since + timeoutMs;
  }

  /** It gets a slot. Called by whoever took it from the queue for this. */
  resolve(slot: Slot<T>): void {
    this.#onHanded(this, slot);
  }
}
