import type { Clock, Random } from '@millpond/contracts';
import { Alarm } from './alarm.ts';
import type { Engine } from './engine.ts';
import type { Factory } from './factory.ts';
import type { Slot } from './slot.ts';

/** What a {@link Pinger} works with. */
export interface PingerOptions<T> {
  readonly ping: NonNullable<Factory<T>['ping']>;
  readonly engine: Engine<T>;
  readonly clock: Clock;
  readonly random: Random;
  /** How long a resource stays unproven, at most. */
  readonly intervalMs: number;
  /** How long an answer may take; 0 is no limit. */
  readonly timeoutMs: number;
}

/** Pings under way at once; they keep resources from being lent. */
const AT_ONCE = 4;
/** Up to this share is taken off the interval at random, so that what came back together is not pinged together. */
const SPREAD = 0.25;

/** Pings idle resources that were neither used nor pinged for a while, and closes those that do not answer. */
export class Pinger<T> {
  readonly #options: PingerOptions<T>;
  readonly #alarm: Alarm;
  readonly #underWay = new Set<AbortController>();
  readonly #intervals = new WeakMap<Slot<T>, number>();
  #isStopped = false;

  constructor(options: PingerOptions<T>) {
    this.#options = options;
    this.#alarm = new Alarm(options.clock, () => this.#look());
  }

  /** To be called for every slot that is idle from now on. */
  watch(slot: Slot<T>): void {
    this.#alarm.setFor(this.#dueAt(slot));
  }

  /** Ends the pings that are under way, too; what they were about comes back to the engine. */
  stop(): void {
    this.#isStopped = true;
    this.#alarm.stop();
    for (const call of this.#underWay) call.abort();
  }

  #dueAt(slot: Slot<T>): number {
    const { random, intervalMs } = this.#options;
    let interval = this.#intervals.get(slot);
    if (interval === undefined) {
      interval = intervalMs * (1 - SPREAD * random());
      this.#intervals.set(slot, interval);
    }
    return slot.provenAt + interval;
  }

  #look(): void {
    if (this.#isStopped) return;
    const { engine, clock } = this.#options;
    const now = clock.now();
    const due: Slot<T>[] = [];
    let next = Infinity;
    for (let slot = engine.idle.coldest; slot !== undefined; slot = engine.idle.warmerThan(slot)) {
      const dueAt = this.#dueAt(slot);
      if (dueAt > now) next = Math.min(next, dueAt);
      else due.push(slot);
    }
    const room = AT_ONCE - this.#underWay.size;
    for (const slot of due.slice(0, room)) void this.#ping(slot);
    // The others have their turn as soon as one of these is done.
    if (due.length <= room) this.#alarm.setFor(next);
  }

  async #ping(slot: Slot<T>): Promise<void> {
    const { engine, clock } = this.#options;
    // An earlier ping may have had it closed, or lent.
    if (!engine.hold(slot)) return;
    const call = new AbortController();
    this.#underWay.add(call);
    slot.onRetired = () => call.abort();
    const isAlive = await this.#answers(slot, call);
    this.#underWay.delete(call);
    slot.onRetired = undefined;
    if (isAlive) slot.provenAt = clock.now();
    else slot.retirement ??= 'invalid';
    engine.unhold(slot);
    this.#look();
  }

  /** Whether there was an answer in time. A ping that was called off says nothing about the resource. */
  #answers(slot: Slot<T>, call: AbortController): Promise<boolean> {
    const { ping, clock, timeoutMs } = this.#options;
    return new Promise((resolve) => {
      let isLate = false;
      const giveUp = () => {
        isLate = true;
        call.abort();
      };
      const timer = timeoutMs === 0 ? undefined : clock.setTimeout(giveUp, timeoutMs);
      const settle = (isAlive: boolean) => {
        if (timer !== undefined) clock.clear(timer);
        call.signal.removeEventListener('abort', onAbort);
        resolve(isAlive);
      };
      const onAbort = () => settle(!isLate);
      call.signal.addEventListener('abort', onAbort, { once: true });
      // An async function, so that a ping that throws at once rejects like one that throws later.
      (async () => ping(slot.resource.value, call.signal))().then(
        () => settle(true),
        () => settle(false),
      );
    });
  }
}
