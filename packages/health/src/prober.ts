import type { BackendRef, BackendTls, Clock, Observer, Probe, Random } from '@millpond/contracts';
import { CheckSchedule, type CheckContext, type ResultListener } from './check-schedule.ts';
import { parseOptions } from './parse-options.ts';
import { proberOptions, type ProberOptions } from './prober-options.ts';
import { systemClock } from './system-clock.ts';

/** What a {@link Prober} works with, and whom it tells. */
export interface ProberContext {
  /** @defaultValue the system's */
  readonly clock?: Clock;
  /** @defaultValue Math.random */
  readonly random?: Random;
  /** Its `probeEnded` is called after each check. */
  readonly observer?: Observer;
  /** How backends that speak TLS are spoken to. @defaultValue the defaults of {@link BackendTls} */
  readonly tls?: BackendTls;
}

/** How many checks there were so far, of all backends. */
export interface ProberStats {
  readonly checks: number;
  readonly successes: number;
}

/**
 * Runs a probe against backends: at intervals with jitter, under a time-out, one check of a backend at a time, and
 * believes a result only when there were enough of it in a row. A check that hangs holds up neither the next one nor
 * other backends.
 */
export class Prober {
  readonly #context: CheckContext;
  readonly #schedules = new Map<BackendRef, CheckSchedule>();
  #checks = 0;
  #successes = 0;

  /**
   * @param probe - stays its host's, who disposes of it after the prober
   * @throws ERR_HEALTH_INVALID_OPTION
   */
  constructor(probe: Probe, options: ProberOptions = {}, context: ProberContext = {}) {
    this.#context = {
      probe,
      options: parseOptions('Prober', proberOptions, options),
      clock: context.clock ?? systemClock,
      random: context.random ?? Math.random,
      observer: context.observer ?? {},
      tls: context.tls,
      onCheck: (healthy) => {
        this.#checks += 1;
        if (healthy) this.#successes += 1;
      },
    };
  }

  /**
   * Begins to check a backend; one that was added before starts anew.
   *
   * The first check comes within the shorter of the two intervals and decides alone, both ways. From then on it takes
   * as many results in a row as the thresholds say.
   *
   * @param onResult - told `false` when the backend turns down, `true` when it turns up and after each later success
   */
  add(ref: BackendRef, onResult: ResultListener): void {
    this.remove(ref);
    this.#schedules.set(ref, new CheckSchedule(ref, onResult, this.#context));
  }

  /** Something else says that a backend cannot be reached: checks it soon, and at the shorter interval, until a success. */
  suspect(ref: BackendRef): void {
    this.#schedules.get(ref)?.suspect();
  }

  /** Stops checking a backend, aborting the check that runs; its listener is not called any more. */
  remove(ref: BackendRef): void {
    this.#schedules.get(ref)?.stop();
    this.#schedules.delete(ref);
  }

  /** Counted since it was made; a check that was given up is not in it. */
  stats(): ProberStats {
    return { checks: this.#checks, successes: this.#successes };
  }

  /** Stops checking all backends. */
  dispose(): void {
    for (const ref of this.#schedules.keys()) this.remove(ref);
  }
}
