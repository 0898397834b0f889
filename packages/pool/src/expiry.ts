import type { Clock, CloseReason } from '@millpond/contracts';
import { Alarm } from './alarm.ts';
import type { Engine } from './engine.ts';
import type { PoolLimits, PoolSettings } from './pool-options.ts';
import type { Slot } from './slot.ts';

/**
 * Closes idle resources that were unused for too long, the coldest first: down to `minIdle` after `idleTimeoutMs`, all of
 * them after `maxIdleTimeMs`. And those that are too old.
 */
export class Expiry<T> {
  readonly #engine: Engine<T>;
  readonly #clock: Clock;
  readonly #limits: Readonly<PoolLimits>;
  readonly #idleTimeoutMs: number;
  readonly #maxIdleTimeMs: number;
  readonly #alarm: Alarm;

  constructor(engine: Engine<T>, clock: Clock, limits: Readonly<PoolLimits>, settings: PoolSettings) {
    this.#engine = engine;
    this.#clock = clock;
    this.#limits = limits;
    this.#maxIdleTimeMs = orNever(settings.maxIdleTimeMs);
    this.#idleTimeoutMs = Math.min(orNever(settings.idleTimeoutMs), this.#maxIdleTimeMs);
    this.#alarm = new Alarm(clock, () => this.#sweep());
  }

  /** To be called for every slot that may be idle from now on, its `idleSince` being set. */
  watch(slot: Slot<T>): void {
    this.#alarm.setFor(Math.min(slot.resource.expiresAt, slot.idleSince + this.#idleTimeoutMs));
  }

  /** `minIdle` may have become less. Looks a moment later, so that one that becomes less and more again closes nothing. */
  resized(): void {
    this.#alarm.setFor(this.#clock.now());
  }

  /** Closes what is due. */
  #sweep(): void {
    const { idle } = this.#engine;
    const now = this.#clock.now();
    let kept = idle.length;
    this.#engine.sweep((slot) => {
      const reason = this.#reasonToClose(slot, kept, now);
      if (reason !== undefined) kept -= 1;
      return reason;
    });
    // Those within minIdle may stay unused for longer.
    const isSpare = idle.length > this.#limits.minIdle;
    const timeoutMs = isSpare ? this.#idleTimeoutMs : this.#maxIdleTimeMs;
    for (let slot = idle.coldest; slot !== undefined; slot = idle.warmerThan(slot)) {
      this.#alarm.setFor(Math.min(slot.resource.expiresAt, slot.idleSince + timeoutMs));
    }
  }

  stop(): void {
    this.#alarm.stop();
  }

  #reasonToClose(slot: Slot<T>, kept: number, now: number): CloseReason | undefined {
    if (slot.resource.expiresAt <= now) return 'lifetime';
    const timeoutMs = kept > this.#limits.minIdle ? this.#idleTimeoutMs : this.#maxIdleTimeMs;
    return slot.idleSince + timeoutMs <= now ? 'idle' : undefined;
  }
}

function orNever(limitMs: number): number {
  return limitMs === 0 ? Infinity : limitMs;
}
