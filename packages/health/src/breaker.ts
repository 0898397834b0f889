import type { Clock, Timer } from '@millpond/contracts';
import CircuitBreaker from 'opossum';
import type { breakerOptions } from './breaker-options.ts';
import { BUCKET_MS, type BreakerRotation } from './breaker-rotation.ts';
import type { z } from 'zod';

const BUCKETS = 10;

/** `closed`: all may pass; `open`: none may; `half-open`: one trial at a time may. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/** What a {@link Breaker} works with, and whom it tells. */
export interface BreakerContext {
  readonly clock: Clock;
  readonly rotation: BreakerRotation;
  /** Called when {@link Breaker.state} or {@link Breaker.admits} has changed, with the reason. */
  readonly onChange: (reason: string) => void;
}

/**
 * The circuit breaker of one backend.
 *
 * The window, the threshold and the rule of the single trial are opossum's. What differs, and why:
 *
 * - Successes only count up an integer, which goes into opossum's window before a failure is judged and before the
 *   window turns: `fire` costs a promise and a microsecond each time, and only a failure can open the breaker.
 * - The reset time-out runs on the injected clock. An open circuit is shut down, and a new one is restored in its
 *   half-open state when the time is over; so it closes with an empty window, too.
 * - An exchange is not wrapped; its outcome is reported. So a trial that says nothing can be withdrawn, which opossum
 *   would take for a success (`errorFilter`) or wait for without end.
 */
export class Breaker {
  readonly #options: z.output<typeof breakerOptions>;
  readonly #context: BreakerContext;
  readonly #beforeTurn = () => this.#countSuccesses();
  #circuit: CircuitBreaker<[], never>;
  #state: BreakerState = 'closed';
  #epoch = 1;
  #successes = 0;
  #trialUnderWay = false;
  #timer: Timer | undefined;

  constructor(options: z.output<typeof breakerOptions>, context: BreakerContext) {
    this.#options = options;
    this.#context = context;
    this.#circuit = this.#createCircuit('closed');
    context.rotation.join(this.#beforeTurn);
  }

  /** Changes when an outcome is reported or the reset time-out is over. */
  get state(): BreakerState {
    return this.#state;
  }

  /** Whether {@link Breaker.admit} would say yes. */
  get admits(): boolean {
    return this.#state === 'closed' || (this.#state === 'half-open' && !this.#trialUnderWay);
  }

  /** Names the current state's span of time; outcomes of exchanges that were admitted in an earlier one are ignored. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Asks to start one exchange. If half-open, that exchange is the trial, until it has an outcome or takes too long. */
  admit(): boolean {
    if (this.#state === 'closed') return true;
    if (!this.admits) return false;
    this.#trialUnderWay = true;
    // A trial whose outcome never comes must not lock the breaker. If it comes late, it still counts.
    this.#setTimer(() => this.withdrawn(this.#epoch));
    this.#context.onChange('breaker half-open: its trial began');
    return true;
  }

  /** An exchange succeeded. */
  succeeded(epoch: number | undefined): void {
    if (!this.#concerns(epoch)) return;
    if (this.#state === 'closed') this.#successes += 1;
    else if (this.#state === 'half-open') this.#close();
  }

  /** An exchange failed; `detail` says how, in words. */
  failed(detail: string, epoch: number | undefined): void {
    if (this.#state === 'open' || !this.#concerns(epoch)) return;
    this.#countSuccesses();
    // The action throws at once, so that opossum judges the failure before `fire` returns.
    this.#circuit.fire().catch(ignore);
    if (this.#circuit.opened) this.#open(detail);
  }

  /** An exchange ended, or never began, without saying anything about the backend. */
  withdrawn(epoch: number | undefined): void {
    if (!this.#trialUnderWay || !this.#concerns(epoch)) return;
    this.#endTrial();
    this.#context.onChange('breaker half-open: its trial said nothing');
  }

  /** Called once, last. */
  dispose(): void {
    this.#endTrial();
    this.#state = 'open';
    this.#circuit.shutdown();
    this.#context.rotation.leave(this.#beforeTurn);
  }

  #concerns(epoch: number | undefined): boolean {
    return epoch === undefined ? this.#state === 'closed' || this.#trialUnderWay : epoch === this.#epoch;
  }

  #open(detail: string): void {
    const { failures, fires } = this.#circuit.stats;
    const reason =
      this.#state === 'half-open'
        ? `breaker open: its trial failed: ${detail}`
        : `breaker open: ${failures} of ${fires} exchanges failed within ${(BUCKETS * BUCKET_MS) / 1000} s, the last: ${detail}`;
    this.#circuit.shutdown();
    this.#enter('open', reason);
  }

  #halfOpen(): void {
    this.#circuit = this.#createCircuit('half-open');
    this.#enter('half-open', 'breaker half-open: one exchange may try');
  }

  #close(): void {
    this.#circuit.close();
    this.#enter('closed', 'breaker closed: its trial succeeded');
  }

  #enter(state: BreakerState, reason: string): void {
    this.#endTrial();
    this.#state = state;
    this.#epoch += 1;
    if (state === 'open') this.#setTimer(() => this.#halfOpen());
    this.#context.onChange(reason);
  }

  #endTrial(): void {
    this.#trialUnderWay = false;
    if (this.#timer !== undefined) this.#context.clock.clear(this.#timer);
    this.#timer = undefined;
  }

  #setTimer(callback: () => void): void {
    this.#timer = this.#context.clock.setTimeout(callback, this.#options.resetTimeoutMs);
  }

  #countSuccesses(): void {
    const [bucket] = this.#circuit.status.window;
    if (bucket === undefined || this.#successes === 0) return;
    bucket.fires += this.#successes;
    bucket.successes += this.#successes;
    this.#successes = 0;
  }

  #createCircuit(state: 'closed' | 'half-open'): CircuitBreaker<[], never> {
    // opossum writes into its options, so each circuit gets its own; its types lack `state`.
    const options: CircuitBreaker.Options<[]> & { state: Partial<CircuitBreaker.State> } = {
      name: 'exchange',
      timeout: false,
      errorThresholdPercentage: this.#options.errorThreshold,
      volumeThreshold: this.#options.minimumRequests,
      rollingCountTimeout: BUCKETS * BUCKET_MS,
      rollingCountBuckets: BUCKETS,
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
      rotateBucketController: this.#context.rotation.emitter,
      state: { closed: state === 'closed', halfOpen: state === 'half-open' },
    };
    return new CircuitBreaker(fail, options);
  }
}

const failure = new Error('An exchange failed.');

function fail(): never {
  throw failure;
}

function ignore(): void {}
