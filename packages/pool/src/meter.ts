import type { CloseReason } from '@millpond/contracts';
import { careful } from './careful-observer.ts';
import { Diagnostics } from './diagnostics.ts';
import type { LeakReport, PoolObserver } from './pool-observer.ts';
import type { PoolStats } from './pool-stats.ts';

/** What a {@link Meter} cannot know by itself. */
export type PoolLevels = Pick<PoolStats, 'size' | 'active' | 'pending' | 'creating' | 'max' | 'minIdle' | 'maxIdle'>;

/** Counts what happens, and tells the observer and `node:diagnostics_channel`. */
export class Meter {
  /** Why the last creation failed; undefined once one succeeds. */
  lastFailure: unknown;

  /** Whether somebody wants to know how long loans last. */
  readonly timesUse: boolean;

  readonly #observer: PoolObserver;
  readonly #diagnostics: Diagnostics;
  readonly #destroyed: Record<CloseReason, number> = {
    idle: 0,
    lifetime: 0,
    maxUses: 0,
    invalid: 0,
    died: 0,
    error: 0,
    evicted: 0,
    excess: 0,
    drain: 0,
  };
  #created = 0;
  #createFailures = 0;
  #createTotalMs = 0;
  #acquired = 0;
  #reused = 0;
  #waitCount = 0;
  #waitTotalMs = 0;
  #timeouts = 0;
  #leaks = 0;
  #closed = 0;
  #lifetimeTotalMs = 0;

  /** @param name - the pool's, for those who listen to several pools at once */
  constructor(name: string, observer: PoolObserver) {
    this.#observer = careful(observer);
    this.#diagnostics = new Diagnostics(name);
    this.timesUse = observer.returned !== undefined;
  }

  created(createMs: number): void {
    this.#created += 1;
    this.#createTotalMs += createMs;
    this.lastFailure = undefined;
    this.#observer.created?.(createMs);
    this.#diagnostics.created(createMs);
  }

  createFailed(error: unknown): void {
    this.#createFailures += 1;
    this.lastFailure = error;
    this.#observer.createFailed?.(error);
    this.#diagnostics.createFailed(error);
  }

  destroyed(reason: CloseReason, lifetimeMs: number, cause: unknown): void {
    this.#destroyed[reason] += 1;
    this.#closed += 1;
    this.#lifetimeTotalMs += lifetimeMs;
    this.#observer.destroyed?.(reason, lifetimeMs, cause);
    this.#diagnostics.destroyed(reason, lifetimeMs, cause);
  }

  destroyFailed(error: unknown): void {
    this.#observer.destroyFailed?.(error);
  }

  lent(isReused: boolean): void {
    this.#acquired += 1;
    if (isReused) this.#reused += 1;
  }

  waitEnded(waitMs: number, served: boolean): void {
    this.#waitCount += 1;
    this.#waitTotalMs += waitMs;
    this.#observer.waitEnded?.(waitMs, served);
    this.#diagnostics.waitEnded(waitMs, served);
  }

  returned(useMs: number): void {
    this.#observer.returned?.(useMs);
  }

  leaked(leak: LeakReport): void {
    this.#leaks += 1;
    this.#observer.leaked?.(leak);
    this.#diagnostics.leaked(leak);
  }

  timedOut(): void {
    this.#timeouts += 1;
  }

  stats(levels: PoolLevels): PoolStats {
    return {
      ...levels,
      idle: levels.size - levels.active,
      utilisation: levels.active / levels.max,
      created: this.#created,
      createFailures: this.#createFailures,
      createTotalMs: this.#createTotalMs,
      destroyed: { ...this.#destroyed },
      acquired: this.#acquired,
      reused: this.#reused,
      reuseRate: this.#acquired === 0 ? 0 : this.#reused / this.#acquired,
      waitCount: this.#waitCount,
      waitTotalMs: this.#waitTotalMs,
      timeouts: this.#timeouts,
      leaks: this.#leaks,
      averageLifetimeMs: this.#closed === 0 ? 0 : this.#lifetimeTotalMs / this.#closed,
    };
  }
}
