import type { Clock, CloseReason } from '@millpond/contracts';
import { Alarm } from './alarm.ts';
import type { Engine } from './engine.ts';
import type { PoolSettings } from './pool-options.ts';
import type { Slot } from './slot.ts';

/** Closes idle resources that were unused for too long, down to `minIdle`, the coldest first, and those that are too old. */
export class Expiry<T> {
  readonly #engine: Engine<T>;
  readonly #clock: Clock;
  readonly #minIdle: number;
  readonly #idleTimeoutMs: number;
  readonly #alarm: Alarm;

  constructor(engine: Engine<T>, clock: Clock, { minIdle, idleTimeoutMs }: PoolSettings) {
    this.#engine = engine;
    this.#clock = clock;
    this.#minIdle = minIdle;
    this.#idleTimeoutMs = idleTimeoutMs === 0 ? Infinity : idleTimeoutMs;
    this.#alarm = new Alarm(clock, () => this.#sweep());
  }

  /** To be called for every slot that may be idle from now on, its `idleSince` being set. */
  watch(slot: Slot<T>): void {
    this.#alarm.setFor(Math.min(slot.resource.expiresAt, slot.idleSince + this.#idleTimeoutMs));
  }

  stop(): void {
    this.#alarm.stop();
  }

  #sweep(): void {
    const { idle } = this.#engine;
    const now = this.#clock.now();
    let kept = idle.length;
    this.#engine.sweep((slot) => {
      const reason = this.#reasonToClose(slot, kept, now);
      if (reason !== undefined) kept -= 1;
      return reason;
    });
    for (let slot = idle.coldest; slot !== undefined; slot = idle.warmerThan(slot)) {
      // Those within minIdle stay however long they are unused, so nothing is due for them but their age.
      if (idle.length > this.#minIdle) this.watch(slot);
      else this.#alarm.setFor(slot.resource.expiresAt);
    }
  }

  #reasonToClose(slot: Slot<T>, kept: number, now: number): CloseReason | undefined {
    if (slot.resource.expiresAt <= now) return 'lifetime';
    if (kept > this.#minIdle && slot.idleSince + this.#idleTimeoutMs <= now) return 'idle';
    return undefined;
  }
}
