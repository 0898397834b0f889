import type { Clock } from '@millpond/contracts';
import { AbortWatch } from './abort-watch.ts';
import { Alarm } from './alarm.ts';
import { aborted } from './errors.ts';
import type { Slot } from './slot.ts';
import type { WaiterQueue } from './waiter-queue.ts';
import { Waiter } from './waiter.ts';
import type { WaitRequest } from './waiter.ts';

/** What a {@link WaitingRoom} works with. */
export interface WaitingRoomOptions<T> {
  readonly queue: WaiterQueue<T>;
  readonly clock: Clock;
  readonly dialDelayMs: number;
  /** A wait is over, one way or the other. Called before its caller hears of it. */
  readonly onEnded: (waitMs: number, isServed: boolean) => void;
  /** Somebody waited in vain for as long as they wanted to; gives what they are to be told. */
  readonly onTimeout: (timeoutMs: number) => unknown;
  /** Takes back what was handed to a waiter that did not get the rest. */
  readonly giveBack: (slot: Slot<T>) => void;
  /** A waiter was refused. */
  readonly onRefused: () => void;
  /** A waiter may have something created by now. */
  readonly onRipe: () => void;
}

/**
 * Callers that wait, from the moment when they join to their resources or their refusal. One timer serves the time limits
 * of all: a timer for each costs more than everything else about a wait.
 */
export class WaitingRoom<T> {
  readonly #options: WaitingRoomOptions<T>;
  readonly #alarm: Alarm;
  readonly #aborts = new AbortWatch();
  readonly #onHanded = (waiter: Waiter<T>, slot: Slot<T>) => this.#handed(waiter, slot);

  constructor(options: WaitingRoomOptions<T>) {
    this.#options = options;
    this.#alarm = new Alarm(options.clock, () => this.#expire());
  }

  /** The caller waits from now on; its signal is not aborted yet. */
  join(request: WaitRequest<T>): void {
    const { queue, clock, dialDelayMs, onRipe } = this.#options;
    const waiter = new Waiter<T>(request, clock.now(), dialDelayMs === 0, this.#onHanded);
    const { signal } = request;
    if (signal !== undefined) {
      waiter.abortLink = this.#aborts.add(signal, () => this.refuse(waiter, aborted(signal.reason)));
    }
    queue.add(waiter);
    this.#alarm.setFor(waiter.deadline);
    if (dialDelayMs > 0) {
      waiter.ripening = clock.setTimeout(() => {
        queue.ripen(waiter);
        onRipe();
      }, dialDelayMs);
    }
  }

  /** Sends one away, whatever it had gathered. */
  refuse(waiter: Waiter<T>, error: unknown): void {
    const { queue, giveBack, onRefused } = this.#options;
    if (!queue.remove(waiter)) return;
    this.#end(waiter, false);
    waiter.request.onRefused(error);
    for (const slot of waiter.gathered.splice(0)) {
      slot.onRetired = undefined;
      giveBack(slot);
    }
    onRefused();
  }

  /** Sends everybody away for whom `reason` gives an error. */
  refuseAll(reason: (request: WaitRequest<T>) => unknown): void {
    for (const waiter of this.#options.queue.all()) {
      const error = reason(waiter.request);
      if (error !== undefined) this.refuse(waiter, error);
    }
  }

  #handed(waiter: Waiter<T>, slot: Slot<T>): void {
    waiter.gathered.push(slot);
    if (waiter.missing > 0) {
      slot.onRetired = () => this.#lost(waiter, slot);
      return;
    }
    if (waiter.gathered.length > 1) for (const one of waiter.gathered) one.onRetired = undefined;
    this.#end(waiter, true);
    waiter.request.onServed(waiter.gathered);
  }

  #lost(waiter: Waiter<T>, slot: Slot<T>): void {
    slot.onRetired = undefined;
    waiter.gathered.splice(waiter.gathered.indexOf(slot), 1);
    this.#options.queue.lost(waiter);
    this.#options.giveBack(slot);
  }

  #end(waiter: Waiter<T>, isServed: boolean): void {
    const { queue, clock, onEnded } = this.#options;
    const { signal } = waiter.request;
    if (waiter.ripening !== undefined) clock.clear(waiter.ripening);
    if (signal !== undefined && waiter.abortLink !== undefined) this.#aborts.remove(signal, waiter.abortLink);
    if (queue.callers === 0) this.#alarm.stop();
    onEnded(clock.now() - waiter.since, isServed);
  }

  #expire(): void {
    const { queue, clock, onTimeout } = this.#options;
    const now = clock.now();
    let earliest = Infinity;
    for (const waiter of queue.all()) {
      // What one of them had gathered may have served another.
      if (!waiter.linked) continue;
      if (waiter.deadline > now) earliest = Math.min(earliest, waiter.deadline);
      else this.refuse(waiter, onTimeout(waiter.request.timeoutMs));
    }
    if (queue.callers > 0) this.#alarm.setFor(earliest);
  }
}
