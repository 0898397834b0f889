import {
  MillpondError,
  type BackendRef,
  type BackendTls,
  type Clock,
  type Observer,
  type Probe,
  type Random,
  type Timer,
} from '@millpond/contracts';
import type { z } from 'zod';
import type { proberOptions } from './prober-options.ts';

/** Told what a backend is now held to be. */
export type ResultListener = (up: boolean, error?: unknown) => void;

/** What all schedules of a prober have in common. */
export interface CheckContext {
  readonly probe: Probe;
  readonly options: z.output<typeof proberOptions>;
  readonly clock: Clock;
  readonly random: Random;
  readonly observer: Observer;
  readonly tls: BackendTls | undefined;
  /** Called after each check, before its result is judged. */
  readonly onCheck: (healthy: boolean) => void;
}

/** The checks of one backend, one after the other, and what they amount to. */
export class CheckSchedule {
  readonly #ref: BackendRef;
  readonly #onResult: ResultListener;
  readonly #context: CheckContext;
  /** Undefined until the first check has ended. */
  #up: boolean | undefined;
  /** Results in a row that contradict {@link CheckSchedule.#up}. */
  #contradictions = 0;
  #suspected = false;
  #startedAt = 0;
  /** Of the next check, or of the time limit of the one that runs. */
  #timer: Timer | undefined;
  #running: AbortController | undefined;

  constructor(ref: BackendRef, onResult: ResultListener, context: CheckContext) {
    this.#ref = ref;
    this.#onResult = onResult;
    this.#context = context;
    const { intervalMs, downIntervalMs } = context.options;
    // Backends that are added together are not checked together.
    this.#schedule(context.random() * Math.min(intervalMs, downIntervalMs));
  }

  /** Checks at the shorter interval until the next success. */
  suspect(): void {
    if (this.#suspected) return;
    this.#suspected = true;
    if (this.#running === undefined) this.#scheduleNext();
  }

  /** Aborts the check that runs; nothing is told any more. */
  stop(): void {
    this.#clearTimer();
    const running = this.#running;
    this.#running = undefined;
    running?.abort(
      new MillpondError('ERR_PROBE_ABORTED', 'The check was given up: its backend is not probed any more.'),
    );
  }

  #check(): void {
    const { clock, options } = this.#context;
    const check = new AbortController();
    this.#running = check;
    this.#startedAt = clock.now();
    this.#timer = clock.setTimeout(() => {
      const message = `${this.#ref.backend.url} did not pass its check within ${options.timeoutMs} ms.`;
      const error = new MillpondError('ERR_PROBE_TIMEOUT', message);
      // Judged before the abort: a probe that ignores its signal delays nothing.
      this.#end(check, false, error);
      check.abort(error);
    }, options.timeoutMs);
    runProbe(this.#context, this.#ref, check.signal).then(
      () => this.#end(check, true, undefined),
      (error: unknown) => this.#end(check, false, error),
    );
  }

  #end(check: AbortController, healthy: boolean, error: unknown): void {
    if (this.#running !== check) return;
    this.#running = undefined;
    const { clock, observer, onCheck } = this.#context;
    this.#clearTimer();
    onCheck(healthy);
    if (healthy) this.#suspected = false;
    const confirmed = this.#judge(healthy);
    this.#scheduleNext();
    observer.probeEnded?.(this.#ref, healthy, clock.now() - this.#startedAt, error);
    if (confirmed) this.#onResult(healthy, error);
  }

  /** Whether the result is to be told: it turned the state, or it is a success of a backend that is up. */
  #judge(healthy: boolean): boolean {
    const { unhealthyThreshold, healthyThreshold } = this.#context.options;
    if (healthy === this.#up) {
      this.#contradictions = 0;
      return healthy;
    }
    this.#contradictions += 1;
    const threshold = healthy ? healthyThreshold : unhealthyThreshold;
    // As in HAProxy, the first check decides alone: nothing is known that it could contradict.
    if (this.#up !== undefined && this.#contradictions < threshold) return false;
    this.#up = healthy;
    this.#contradictions = 0;
    return true;
  }

  #scheduleNext(): void {
    const { options, random, clock } = this.#context;
    const intervalMs = this.#up === true && !this.#suspected ? options.intervalMs : options.downIntervalMs;
    const jitteredMs = intervalMs * (1 + options.jitter * (2 * random() - 1));
    this.#schedule(Math.max(this.#startedAt + jitteredMs - clock.now(), 0));
  }

  #schedule(delayMs: number): void {
    this.#clearTimer();
    this.#timer = this.#context.clock.setTimeout(() => this.#check(), delayMs);
  }

  #clearTimer(): void {
    if (this.#timer !== undefined) this.#context.clock.clear(this.#timer);
    this.#timer = undefined;
  }
}

/** A probe that throws instead of rejecting fails its check, too. */
async function runProbe({ probe, tls }: CheckContext, ref: BackendRef, signal: AbortSignal): Promise<void> {
  await probe.check(ref.backend, { signal, ...(tls && { tls }) });
}
