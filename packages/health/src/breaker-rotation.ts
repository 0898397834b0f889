import { EventEmitter } from 'node:events';
import type { Clock, Timer } from '@millpond/contracts';
import { systemClock } from './system-clock.ts';

/** Milliseconds of one bucket of a breaker's window. */
export const BUCKET_MS = 1000;

/**
 * Turns the windows of all breakers that share it: one timer, however many there are, and none while there are none.
 */
export class BreakerRotation {
  /** Where opossum listens for `rotate`. */
  readonly emitter = new EventEmitter().setMaxListeners(0);
  readonly #clock: Clock;
  readonly #members = new Set<() => void>();
  #timer: Timer | undefined;

  /** @param clock - @defaultValue the system's */
  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** `beforeTurn` is called each time before the windows turn, until it leaves. */
  join(beforeTurn: () => void): void {
    this.#members.add(beforeTurn);
    this.#timer ??= this.#clock.setInterval(() => this.#turn(), BUCKET_MS);
  }

  /** The last one to leave stops the timer. */
  leave(beforeTurn: () => void): void {
    this.#members.delete(beforeTurn);
    if (this.#members.size > 0 || this.#timer === undefined) return;
    this.#clock.clear(this.#timer);
    this.#timer = undefined;
  }

  #turn(): void {
    for (const beforeTurn of this.#members) beforeTurn();
    this.emitter.emit('rotate');
  }
}
