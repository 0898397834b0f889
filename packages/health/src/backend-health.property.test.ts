import type { BackendRef, BackendState, ExchangeResult } from '@millpond/contracts';
import { ManualClock } from '@millpond/testkit';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { BackendHealth, type OperatorState } from './backend-health.ts';

const ref: BackendRef = {
  upstream: 'web',
  backend: { id: 'a', url: 'http://a.test', address: { host: 'a.test', port: 80 }, weight: 1, priority: 0 },
};
const breaker = { errorThreshold: 40, minimumRequests: 3, resetTimeoutMs: 4000 };

interface Verdict {
  readonly atMs: number;
  readonly failed: boolean;
}

/** What is specified, in the plainest way, with lists instead of windows and times instead of timers. */
class Model {
  readonly probed: boolean;
  nowMs = 0;
  operator: OperatorState = 'ready';
  up = true;
  connectFailedUntilMs = 0;
  backoffMs = 1000;
  breaker: 'closed' | 'open' | 'half-open' = 'closed';
  epoch = 0;
  verdicts: Verdict[] = [];
  halfOpenAtMs = 0;
  trialUntilMs = 0;

  constructor(probed: boolean) {
    this.probed = probed;
  }

  get admits(): boolean {
    return this.breaker === 'closed' || (this.breaker === 'half-open' && this.trialUntilMs <= this.nowMs);
  }

  get connectFailed(): boolean {
    return this.connectFailedUntilMs > this.nowMs;
  }

  get usable(): boolean {
    return this.operator === 'ready' && this.up && !this.connectFailed && this.admits;
  }

  get state(): BackendState {
    if (this.operator !== 'ready') return this.operator;
    if (!this.up) return 'down';
    if (this.connectFailed) return 'connect-failed';
    return this.breaker === 'closed' ? 'up' : 'breaker-open';
  }

  advance(ms: number): void {
    this.nowMs += ms;
    if (this.breaker === 'open' && this.halfOpenAtMs <= this.nowMs) this.enter('half-open');
  }

  enter(state: 'closed' | 'open' | 'half-open'): void {
    this.breaker = state;
    this.epoch += 1;
    this.verdicts = [];
    this.trialUntilMs = 0;
    if (state === 'open') this.halfOpenAtMs = this.nowMs + breaker.resetTimeoutMs;
  }

  admit(): boolean {
    const { admits } = this;
    if (admits && this.breaker === 'half-open') this.trialUntilMs = this.nowMs + breaker.resetTimeoutMs;
    return admits;
  }

  verdict(failed: boolean, epoch: number): void {
    if (epoch !== this.epoch || this.breaker === 'open') return;
    if (this.breaker === 'half-open') return this.enter(failed ? 'open' : 'closed');
    this.verdicts.push({ atMs: this.nowMs, failed });
    if (!failed) return;
    const second = Math.floor(this.nowMs / 1000);
    const recent = this.verdicts.filter(({ atMs }) => second - Math.floor(atMs / 1000) < 10);
    const percent = (100 * recent.filter((one) => one.failed).length) / recent.length;
    if (recent.length >= breaker.minimumRequests && percent > breaker.errorThreshold) this.enter('open');
  }

  withdraw(epoch: number): void {
    if (epoch === this.epoch) this.trialUntilMs = 0;
  }

  connectFails(): void {
    if (!this.connectFailed) {
      this.connectFailedUntilMs = this.probed ? Infinity : this.nowMs + this.backoffMs;
      if (!this.probed) this.backoffMs = Math.min(this.backoffMs * 2, 30_000);
    }
    if (this.breaker !== 'half-open' || !this.admits) this.verdict(true, this.epoch);
  }

  connects(): void {
    this.backoffMs = 1000;
    if (!this.probed) this.connectFailedUntilMs = 0;
  }

  probeEnds(healthy: boolean): void {
    this.up = healthy;
    if (healthy) this.connectFailedUntilMs = 0;
  }
}

type Step =
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'probe'; readonly healthy: boolean }
  | { readonly do: 'operate'; readonly state: OperatorState }
  | { readonly do: 'connectFailed' | 'connected' | 'admit' }
  | { readonly do: 'cancel'; readonly which: number }
  | { readonly do: 'answer'; readonly which: number; readonly status: number }
  | { readonly do: 'end'; readonly which: number; readonly result: ExchangeResult };

const which = fc.nat(5);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 6000 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('probe' as const), healthy: fc.boolean() }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('operate' as const),
        state: fc.constantFrom<OperatorState>('ready', 'ready', 'drain', 'maintenance'),
      }),
    },
    {
      weight: 7,
      arbitrary: fc.record({
        do: fc.constantFrom('connectFailed' as const, 'connected', 'admit', 'admit', 'admit', 'admit'),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), which }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('answer' as const),
        which,
        status: fc.constantFrom(0, 200, 404, 500, 503),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('end' as const),
        which,
        result: fc.constantFrom<ExchangeResult>('timeout', 'reset', 'bad-response', 'stale', 'aborted'),
      }),
    },
  ),
  // fast-check prefers short lists, which hardly ever open a breaker.
  { minLength: 30, maxLength: 100, size: 'max' },
);

/** Runs steps against both, comparing after each. */
class Run {
  readonly clock = new ManualClock();
  readonly model: Model;
  readonly health: BackendHealth;
  /** What the exchanges under way were admitted in. */
  readonly exchanges: { readonly epoch: number; readonly modelEpoch: number }[] = [];
  told = true;
  observedState: BackendState = 'up';

  constructor(probed: boolean) {
    this.model = new Model(probed);
    this.health = new BackendHealth(
      ref,
      { probed, breaker },
      {
        clock: this.clock,
        random: () => 0,
        onChange: () => {
          expect(this.health.usable).toBe(!this.told);
          this.told = this.health.usable;
        },
        observer: {
          backendStateChanged: (_ref, change) => {
            expect(change.previous).toBe(this.observedState);
            expect(change.reason).toBeTypeOf('string');
            this.observedState = change.state;
          },
        },
      },
    );
  }

  async step(step: Step): Promise<void> {
    const { health, model } = this;
    switch (step.do) {
      case 'wait':
        model.advance(step.ms);
        await this.clock.advance(step.ms);
        break;
      case 'probe':
        model.probeEnds(step.healthy);
        health.probeEnded(step.healthy, new Error('probe'));
        break;
      case 'operate':
        model.operator = step.state;
        health.setOperatorState(step.state);
        break;
      case 'connectFailed':
        model.connectFails();
        health.connectFailed(new Error('refused'));
        break;
      case 'connected':
        model.connects();
        health.connected();
        break;
      case 'admit':
        this.#admit();
        break;
      default:
        this.#conclude(step);
    }
    this.check();
  }

  check(): void {
    const { health, model } = this;
    expect([health.usable, health.state]).toEqual([model.usable, model.state]);
    expect(this.told).toBe(model.usable);
    expect(this.observedState).toBe(model.state);
  }

  #admit(): void {
    const admitted = this.health.admit();
    expect(admitted).toBe(this.model.admit());
    if (admitted) this.exchanges.push({ epoch: this.health.epoch, modelEpoch: this.model.epoch });
  }

  #conclude(step: Extract<Step, { readonly which: number }>): void {
    const [exchange] = this.exchanges.splice(step.which, 1);
    if (exchange === undefined) return;
    const { health, model } = this;
    if (step.do === 'cancel') {
      model.withdraw(exchange.modelEpoch);
      health.cancel(exchange.epoch);
    } else if (step.do === 'answer') {
      model.verdict(step.status >= 500, exchange.modelEpoch);
      health.answered(step.status, exchange.epoch);
      health.ended('reset', step.status, exchange.epoch);
    } else {
      if (step.result === 'stale' || step.result === 'aborted') model.withdraw(exchange.modelEpoch);
      else model.verdict(true, exchange.modelEpoch);
      health.ended(step.result, -1, exchange.epoch);
    }
  }
}

it('is usable exactly when the four conditions hold, tells each turn once, and is never stuck', async () => {
  await fc.assert(
    fc.asyncProperty(fc.boolean(), steps, async (probed, sequence) => {
      const run = new Run(probed);
      // Each step builds on the one before.
      for (const step of sequence) await run.step(step);

      await run.step({ do: 'operate', state: 'ready' });
      await run.step({ do: 'probe', healthy: true });
      await run.step({ do: 'wait', ms: 30_000 });
      expect(run.health.usable).toBe(true);
      expect(run.health.admit()).toBe(true);

      run.health.dispose();
      expect(run.clock.pending).toBe(0);
    }),
    { numRuns: 300 },
  );
});
