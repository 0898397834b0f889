import type { BackendRef, BackendState, Clock, ExchangeResult, Observer, Random, Timer } from '@millpond/contracts';
import { z } from 'zod';
import { Backoff } from './backoff.ts';
import { breakerOptions, type BreakerOptions } from './breaker-options.ts';
import { BreakerRotation } from './breaker-rotation.ts';
import { Breaker } from './breaker.ts';
import { describeError } from './describe-error.ts';
import { parseOptions } from './parse-options.ts';
import { systemClock } from './system-clock.ts';

/** What the operator wants of a backend: `drain` and `maintenance` keep new exchanges away from it. */
export type OperatorState = 'ready' | 'drain' | 'maintenance';

/** What decides about a backend besides its operator. */
export interface BackendHealthOptions {
  /**
   * Whether {@link BackendHealth.probeEnded} will be called. Then a connect failure ends with the next good probe,
   * otherwise after a back-off of 1 s doubling to 30 s.
   */
  readonly probed: boolean;
  /** `false`: no circuit breaker. */
  readonly breaker: BreakerOptions | false;
}

/** What a {@link BackendHealth} works with, and whom it tells. */
export interface BackendHealthContext {
  /** @defaultValue the system's */
  readonly clock?: Clock;
  /** @defaultValue Math.random */
  readonly random?: Random;
  /** Its `backendStateChanged` is called. */
  readonly observer?: Observer;
  /** Called when {@link BackendHealth.usable} has changed. */
  readonly onChange?: () => void;
  /** Shared by the backends of an upstream, so that their breakers need one timer together. @defaultValue one of its own */
  readonly breakerRotation?: BreakerRotation;
}

const optionsSchema = z.strictObject({ probed: z.boolean(), breaker: z.union([z.literal(false), breakerOptions]) });

/**
 * Whether one backend may be used.
 *
 * Usable = ready by the operator ∧ up by its probe ∧ not connect-failed ∧ admitted by its breaker. This is worked out
 * when one of the four changes, never per exchange, and {@link BackendHealthContext.onChange} is called when it turns.
 *
 * Duties of the caller, for each exchange: {@link BackendHealth.admit} first; then either {@link BackendHealth.cancel},
 * or {@link BackendHealth.answered} at most once and {@link BackendHealth.ended} exactly once. Whoever dials calls
 * {@link BackendHealth.connected} or {@link BackendHealth.connectFailed}.
 */
export class BackendHealth {
  readonly #ref: BackendRef;
  readonly #probed: boolean;
  readonly #clock: Clock;
  readonly #observer: Observer;
  readonly #onChange: () => void;
  readonly #breaker: Breaker | undefined;
  readonly #backoff: Backoff;
  #operatorState: OperatorState = 'ready';
  #up = true;
  #connectFailed = false;
  #reconnectTimer: Timer | undefined;
  #usable = true;
  #observed: { readonly state: BackendState; readonly usable: boolean } = { state: 'up', usable: true };
  #disposed = false;

  /**
   * Up and usable until told otherwise.
   *
   * @throws ERR_HEALTH_INVALID_OPTION
   */
  constructor(ref: BackendRef, options: BackendHealthOptions, context: BackendHealthContext = {}) {
    const { probed, breaker } = parseOptions('BackendHealth', optionsSchema, options);
    this.#ref = ref;
    this.#probed = probed;
    this.#clock = context.clock ?? systemClock;
    this.#observer = context.observer ?? {};
    this.#onChange = context.onChange ?? (() => {});
    this.#backoff = new Backoff(context.random ?? Math.random);
    if (breaker !== false) {
      this.#breaker = new Breaker(breaker, {
        clock: this.#clock,
        rotation: context.breakerRotation ?? new BreakerRotation(this.#clock),
        onChange: (reason) => this.#refresh(reason),
      });
    }
  }

  /** Whether a new exchange may go to it now. */
  get usable(): boolean {
    return this.#usable;
  }

  /** The first that applies of: what the operator said, `down`, `connect-failed`, `breaker-open`; else `up`. */
  get state(): BackendState {
    if (this.#operatorState !== 'ready') return this.#operatorState;
    if (!this.#up) return 'down';
    if (this.#connectFailed) return 'connect-failed';
    return this.#breaker === undefined || this.#breaker.state === 'closed' ? 'up' : 'breaker-open';
  }

  /** As it was set last. */
  get operatorState(): OperatorState {
    return this.#operatorState;
  }

  /**
   * Read it right after {@link BackendHealth.admit} and hand it to what reports the fate of that exchange: what was
   * begun before the breaker opened then cannot close it.
   */
  get epoch(): number {
    return this.#breaker?.epoch ?? 0;
  }

  /**
   * Asks the breaker for leave to start one exchange; called after the pick, for a backend that is usable. While the
   * breaker is half-open, yes makes this exchange its trial, and the backend is not usable until that is over.
   */
  admit(): boolean {
    return this.#breaker === undefined || this.#breaker.admit();
  }

  /** An exchange that was admitted did not start. */
  cancel(epoch?: number): void {
    this.#breaker?.withdrawn(epoch);
  }

  /** A connection could not be made: not usable until a probe, or time, says otherwise; a failure for the breaker. */
  connectFailed(error: unknown): void {
    const reason = `connect failed: ${describeError(error)}`;
    if (!this.#connectFailed && !this.#disposed) {
      this.#connectFailed = true;
      if (!this.#probed) {
        const delayMs = this.#backoff.next();
        this.#reconnectTimer = this.#clock.setTimeout(() => this.#reconnectable('the back-off is over'), delayMs);
      }
      this.#refresh(reason);
    }
    this.#breaker?.failed(reason, undefined);
  }

  /** A connection was made. Where there is no probe, that ends a connect failure, and the next back-off is short again. */
  connected(): void {
    this.#backoff.reset();
    if (!this.#probed) this.#reconnectable('a connection was made');
  }

  /**
   * The backend has answered: a success for the breaker, from 500 on a failure.
   *
   * @param status - HTTP status; 0 for a TCP connection that was made
   * @param epoch - see {@link BackendHealth.epoch}
   */
  answered(status: number, epoch?: number): void {
    if (this.#breaker === undefined) return;
    if (status < 500) this.#breaker.succeeded(epoch);
    else this.#breaker.failed(`status ${status}`, epoch);
  }

  /**
   * An exchange has ended. Where it was not answered, `timeout`, `reset` and `bad-response` are failures for the
   * breaker; all else says nothing about the backend (a failed dial was told by {@link BackendHealth.connectFailed}).
   *
   * @param status - what {@link BackendHealth.answered} was given; -1 where it was not called
   * @param epoch - see {@link BackendHealth.epoch}
   */
  ended(result: ExchangeResult, status: number, epoch?: number): void {
    if (this.#breaker === undefined || status >= 0) return;
    if (result === 'timeout' || result === 'reset' || result === 'bad-response') this.#breaker.failed(result, epoch);
    else this.#breaker.withdrawn(epoch);
  }

  /** What the probe says now: up also ends a connect failure. May be told again and again. */
  probeEnded(healthy: boolean, error?: unknown): void {
    this.#up = healthy;
    if (healthy) this.#reconnectable('its probe succeeded');
    this.#refresh(healthy ? 'its probe succeeded' : `its probe failed: ${describeError(error)}`);
  }

  /** The operator's wish goes before everything else. */
  setOperatorState(state: OperatorState): void {
    this.#operatorState = state;
    this.#refresh(`the operator said ${state}`);
  }

  /** Ends its timers. What is still reported of exchanges that go on is ignored. Called once, last. */
  dispose(): void {
    this.#disposed = true;
    this.#clearReconnectTimer();
    this.#breaker?.dispose();
  }

  #reconnectable(reason: string): void {
    if (!this.#connectFailed) return;
    this.#connectFailed = false;
    this.#clearReconnectTimer();
    this.#refresh(reason);
  }

  #clearReconnectTimer(): void {
    if (this.#reconnectTimer !== undefined) this.#clock.clear(this.#reconnectTimer);
    this.#reconnectTimer = undefined;
  }

  /** Works out anew what depends on what has changed, and tells it. */
  #refresh(reason: string): void {
    if (this.#disposed) return;
    const state = this.state;
    const before = this.#usable;
    this.#usable = state === 'up' || (state === 'breaker-open' && this.#breaker?.admits === true);
    this.#observe(state, reason);
    if (this.#usable !== before) this.#onChange();
  }

  /** Observers are not told that a trial is under way: the state is the same, and it would be noise. */
  #observe(state: BackendState, reason: string): void {
    const previous = this.#observed;
    const usable = state === 'up' || (state === 'breaker-open' && this.#breaker?.state === 'half-open');
    if (state === previous.state && usable === previous.usable) return;
    this.#observed = { state, usable };
    this.#observer.backendStateChanged?.(this.#ref, { state, usable, previous: previous.state, reason });
  }
}
