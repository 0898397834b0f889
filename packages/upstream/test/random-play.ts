import * as fc from 'fast-check';

import type { ExchangeResult, Lease } from '@millpond/contracts';

import type { DialFate, FakeConnection } from './fake-transport.ts';
import { backend, request, startFakeUpstream, type FakeUpstream } from './fixtures.ts';
import { untilCool } from './rounds.ts';

const IDS = ['a', 'b', 'c'];

/** What may be thrown at a caller. */
const EXPECTED_CODES: readonly unknown[] = [
  'ERR_UPSTREAM_UNAVAILABLE',
  'ERR_UPSTREAM_CONNECT_FAILED',
  'ERR_UPSTREAM_CONNECT_TIMEOUT',
  'ERR_UPSTREAM_ABORTED',
  'ERR_POOL_QUEUE_FULL',
  'ERR_POOL_ACQUIRE_TIMEOUT',
];

/** One thing that happens; `which` picks one of those that it can happen to. */
type Step =
  | { readonly kind: 'tryAcquire' }
  | { readonly kind: 'acquire' }
  | { readonly kind: 'redial' }
  | { readonly kind: 'abort'; readonly which: number }
  | { readonly kind: 'die'; readonly which: number }
  | { readonly kind: 'release'; readonly which: number; readonly result: ExchangeResult; readonly status: number }
  | { readonly kind: 'fate'; readonly id: string; readonly fate: DialFate }
  | { readonly kind: 'state'; readonly id: string; readonly state: 'ready' | 'drain' | 'maintenance' }
  | { readonly kind: 'remove'; readonly id: string }
  | { readonly kind: 'add'; readonly id: string }
  | { readonly kind: 'pass'; readonly ms: number };

const which = fc.nat({ max: 20 });
const id = fc.constantFrom(...IDS);
const result = fc.constantFrom<ExchangeResult>('completed', 'completed', 'reset', 'aborted', 'timeout', 'stale');
const status = fc.constantFrom(0, 200, 500);
const fate = fc.constantFrom<DialFate>('answered', 'answered', 'refused', 'ignored');
const state = fc.constantFrom('ready', 'drain', 'maintenance');
const ms = fc.constantFrom(0, 1, 50, 1000, 20_000);

/** Sequences of steps, most of which are exchanges that begin and end. */
export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('tryAcquire') }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('acquire') }) },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('release'), which, result, status }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('redial') }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('abort'), which }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('die'), which }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('fate'), id, fate }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('state'), id, state }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove'), id }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('add'), id }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass'), ms }) },
  ),
  { minLength: 1, maxLength: 60 },
);

/** An upstream that anything happens to, and what its users see of it. */
export class RandomPlay {
  readonly upstream: FakeUpstream['upstream'];
  readonly transport: FakeUpstream['transport'];
  readonly clock: FakeUpstream['clock'];
  /** What must not happen and did. */
  readonly violations: string[] = [];
  begun = 0;
  ended = 0;
  opened = 0;
  closed = 0;
  readonly #leases: Lease<FakeConnection>[] = [];
  readonly #busy = new Set<FakeConnection>();
  readonly #callers: AbortController[] = [];
  readonly #pending: Promise<void>[] = [];
  #isEnding = false;

  private constructor({ upstream, transport, clock }: FakeUpstream) {
    this.upstream = upstream;
    this.transport = transport;
    this.clock = clock;
  }

  static async start(): Promise<RandomPlay> {
    const fake = await startFakeUpstream({
      backends: IDS,
      pool: { max: 2, maxWaiting: 3, acquireTimeoutMs: 500 },
      connectTimeoutMs: 300,
      breaker: { minimumRequests: 3, resetTimeoutMs: 1000 },
      observer: {
        connectionOpened: () => void (play.opened += 1),
        connectionClosed: () => void (play.closed += 1),
        exchangeEnded: () => void (play.ended += 1),
      },
    });
    const play = new RandomPlay(fake);
    return play;
  }

  async play(step: Step): Promise<void> {
    switch (step.kind) {
      case 'tryAcquire':
        return this.#begin(this.upstream.tryAcquire(request));
      case 'acquire':
        return void this.#pending.push(this.#acquire());
      case 'redial':
        return void this.#pending.push(this.#redial(this.#leases.shift()));
      case 'abort':
        return oneOf(this.#callers, step.which)?.abort();
      case 'die':
        return oneOf(this.transport.open, step.which)?.die();
      case 'release':
        return this.#release(oneOf(this.#leases, step.which), step.result, step.status);
      case 'fate':
        return void this.transport.fates.set(step.id, step.fate);
      case 'state':
        if (this.#has(step.id)) this.upstream.setState(step.id, step.state);
        return;
      case 'remove':
        if (this.#has(step.id)) this.#pending.push(this.upstream.remove(step.id, { timeoutMs: 100 }));
        return;
      case 'add':
        if (!this.#has(step.id)) await this.upstream.add(backend(step.id));
        return;
      case 'pass':
        await this.clock.advance(step.ms);
        return untilCool();
    }
  }

  /** Ends every exchange, and lets enough time pass for everybody who waits to be served or sent away. */
  async comeToRest(): Promise<void> {
    this.#isEnding = true;
    for (const lease of this.#leases.slice()) this.#release(lease, 'completed', 200);
    await this.clock.advance(20_000);
    await Promise.all(this.#pending);
    await untilCool();
  }

  async #acquire(): Promise<void> {
    const caller = new AbortController();
    this.#callers.push(caller);
    await this.#receive(this.upstream.acquire(request, { signal: caller.signal }), (lease) => this.#begin(lease));
  }

  async #redial(lease: Lease<FakeConnection> | undefined): Promise<void> {
    if (lease === undefined) return;
    this.#busy.delete(lease.connection);
    await this.#receive(lease.redial(new AbortController().signal), (fresh) => this.#hold(fresh));
  }

  async #receive(giving: Promise<Lease<FakeConnection>>, take: (lease: Lease<FakeConnection>) => void): Promise<void> {
    try {
      take(await giving);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (!EXPECTED_CODES.includes(code)) this.violations.push(`thrown: ${String(error)}`);
    }
  }

  #begin(lease: Lease<FakeConnection> | undefined): void {
    if (lease === undefined) return;
    this.begun += 1;
    this.#hold(lease);
  }

  #hold(lease: Lease<FakeConnection>): void {
    if (this.#busy.has(lease.connection)) this.violations.push('a connection was lent twice');
    this.#busy.add(lease.connection);
    this.#leases.push(lease);
    if (this.#isEnding) this.#release(lease, 'aborted', 0);
  }

  #release(lease: Lease<FakeConnection> | undefined, how: ExchangeResult, answer: number): void {
    if (lease === undefined) return;
    this.#leases.splice(this.#leases.indexOf(lease), 1);
    this.#busy.delete(lease.connection);
    if (answer > 0) lease.answered(answer);
    lease.release(how, 0, 0);
  }

  #has(wanted: string): boolean {
    return this.upstream.backends().some((candidate) => candidate.id === wanted);
  }
}

function oneOf<T>(items: readonly T[], index: number): T | undefined {
  return items[index % Math.max(items.length, 1)];
}
