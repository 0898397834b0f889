import { Balancer } from '@millpond/balancer';
import type {
  AcquireOptions,
  Backend,
  Connection,
  Discovery,
  ExchangeSource,
  Lease,
  Logger,
  PickRequest,
} from '@millpond/contracts';
import { BreakerRotation, Prober, type OperatorState } from '@millpond/health';
import { systemClock, type Pool } from '@millpond/pool';

import { checkBackend } from './check-backend.ts';
import { invalidOption } from './errors.ts';
import { Lender } from './lender.ts';
import { MemberSet } from './member-set.ts';
import type { Member } from './member.ts';
import { milliseconds, upstreamLimits, type UpstreamContext, type UpstreamOptions } from './options.ts';
import { createPlaces } from './places.ts';
import { statsOf, statusOf, type BackendStatus, type UpstreamStats } from './status.ts';
import { watchDiscovery } from './watch-discovery.ts';

const OPERATOR_STATES: ReadonlySet<OperatorState> = new Set(['ready', 'drain', 'maintenance']);

/** How {@link Upstream.remove} and {@link Upstream.close} are to behave. */
export interface DrainOptions {
  /** How long what is under way may take, in milliseconds; 0 cuts it off. @defaultValue the upstream's `drainTimeoutMs` */
  readonly timeoutMs?: number;
}

/**
 * A named group of backends that lends exchanges: each goes to the backend that the strategy picks, of those that may be
 * used, on a connection of that backend's pool.
 *
 * Its owner calls {@link Upstream.start} first and {@link Upstream.close} last, after a failed start too.
 *
 * @example
 * ```ts
 * const upstream = new Upstream({ name: 'web', backends, createStrategy, transport });
 * await upstream.start();
 * const lease = upstream.tryAcquire(request) ?? (await upstream.acquire(request));
 * ```
 */
export class Upstream<C extends Connection = Connection> implements ExchangeSource<C>, AsyncDisposable {
  readonly name: string;
  readonly #backends: readonly Backend[];
  readonly #discovery: Discovery | undefined;
  readonly #drainTimeoutMs: number;
  readonly #logger: Pick<Logger, 'error'> | undefined;
  readonly #balancer: Balancer<Member<C>>;
  readonly #prober: Prober | undefined;
  readonly #members: MemberSet<C>;
  readonly #lender: Lender<C>;
  readonly #places: Pool<object> | undefined;
  readonly #running = new AbortController();

  /**
   * Has no backends until it is started.
   *
   * @throws ERR_UPSTREAM_INVALID_OPTION, ERR_HEALTH_INVALID_OPTION
   */
  constructor(options: UpstreamOptions<C>, context: UpstreamContext = {}) {
    const { name, backends = [], discovery, transport, tls, connectOptions, probe, breaker = {} } = options;
    const { clock = systemClock, random = Math.random, observer = {}, logger } = context;
    const limits = upstreamLimits(options);
    this.name = name;
    this.#backends = backends;
    this.#discovery = discovery;
    this.#drainTimeoutMs = limits.drainTimeoutMs;
    this.#logger = logger;
    this.#balancer = new Balancer(() => options.createStrategy());
    this.#prober = probe && new Prober(probe, options.prober, { clock, random, observer, ...(tls && { tls }) });
    this.#members = new MemberSet({
      context: {
        upstream: name,
        transport,
        how: { ...connectOptions, ...(tls && { tls }) },
        pool: { ...options.pool, createTimeoutMs: limits.connectTimeoutMs },
        probed: probe !== undefined,
        breaker,
        breakerRotation: new BreakerRotation(clock),
        clock,
        random,
        observer,
      },
      balancer: this.#balancer,
      prober: this.#prober,
      drainTimeoutMs: limits.drainTimeoutMs,
    });
    const { maxTotal: max, acquireTimeoutMs } = limits;
    const { maxWaiting } = options.pool ?? {};
    this.#places = max > 0 ? createPlaces({ max, maxWaiting, acquireTimeoutMs, clock, random }) : undefined;
    const places = this.#places;
    this.#lender = new Lender({ upstream: name, balancer: this.#balancer, limits, places, clock, observer });
  }

  /**
   * Resolves when the backends are there that were given and that the discovery found first; none of them is dialled yet.
   * Called once.
   *
   * @throws ERR_UPSTREAM_DUPLICATE_BACKEND, ERR_POOL_INVALID_OPTION, what `createStrategy` and the discovery throw
   */
  async start(): Promise<void> {
    // One after the other, so that rotations begin with the first.
    for (const backend of this.#backends) await this.#members.add(backend);
    if (this.#discovery === undefined) return;
    await watchDiscovery(this.#discovery, {
      signal: this.#running.signal,
      apply: (list) => this.#members.reconcile(list),
      onFailed: (error) =>
        this.#logger?.error({ upstream: this.name, err: error }, 'discovery failed; its last backends stay'),
    });
  }

  /** {@inheritDoc ExchangeSource.tryAcquire} */
  tryAcquire(request: PickRequest): Lease<C> | undefined {
    return this.#lender.tryAcquire(request);
  }

  /**
   * {@inheritDoc ExchangeSource.acquire}
   *
   * @throws ERR_UPSTREAM_ABORTED - `signal` was aborted; `cause` is its reason
   */
  acquire(request: PickRequest, options?: AcquireOptions): Promise<Lease<C>> {
    return this.#lender.acquire(request, options);
  }

  /**
   * Adds a backend, which may be used as soon as this resolves.
   *
   * @throws ERR_UPSTREAM_DUPLICATE_BACKEND, ERR_UPSTREAM_CLOSED, ERR_UPSTREAM_INVALID_OPTION, what `createStrategy` throws
   */
  async add(backend: Backend): Promise<void> {
    checkBackend(backend);
    await this.#members.add(backend);
  }

  /**
   * Removes a backend: nothing new is begun on it, what is under way may finish, then its connections are closed.
   * Resolves when it is gone. A discovery that lists it still will bring it back with its next list.
   *
   * @throws ERR_UPSTREAM_UNKNOWN_BACKEND, ERR_UPSTREAM_INVALID_OPTION
   */
  async remove(id: string, { timeoutMs = this.#drainTimeoutMs }: DrainOptions = {}): Promise<void> {
    milliseconds('timeoutMs', timeoutMs);
    await this.#members.remove(id, timeoutMs);
  }

  /**
   * Says whether new exchanges may go to a backend: `drain` and `maintenance` let finish what is under way.
   *
   * @throws ERR_UPSTREAM_UNKNOWN_BACKEND, ERR_UPSTREAM_INVALID_OPTION
   */
  setState(id: string, state: OperatorState): void {
    if (!OPERATOR_STATES.has(state)) throw invalidOption('state', state, [...OPERATOR_STATES].join(', '));
    this.#members.get(id).health.setOperatorState(state);
  }

  /**
   * Changes a backend's share of the traffic, until the discovery gives it another one.
   *
   * @param weight - 0 to 1000; at 0 nothing new is sent to it
   * @throws ERR_UPSTREAM_UNKNOWN_BACKEND, ERR_UPSTREAM_INVALID_OPTION
   */
  setWeight(id: string, weight: number): void {
    this.#members.setWeight(id, weight);
  }

  /** Its backends now, in the order in which they were added. */
  backends(): BackendStatus[] {
    return this.#members.all.map((member) => statusOf(member));
  }

  /** All of it at this moment. */
  stats(): UpstreamStats {
    const waiting = this.#places?.stats().pending ?? 0;
    return statsOf(this.name, this.backends(), this.#prober?.stats(), waiting);
  }

  /**
   * Lends nothing more, lets what is under way finish, and cuts off what has not at the deadline. Resolves when no
   * connection is left. May be called again, to bring the deadline forward.
   *
   * @throws ERR_UPSTREAM_INVALID_OPTION
   */
  async close({ timeoutMs = this.#drainTimeoutMs }: DrainOptions = {}): Promise<void> {
    milliseconds('timeoutMs', timeoutMs);
    this.#running.abort();
    // Who waits for a place finds no backend any more.
    await Promise.all([this.#places?.drain({ timeoutMs }), this.#members.close(timeoutMs)]);
    this.#prober?.dispose();
    this.#balancer.dispose();
  }

  /** {@link Upstream.close} with its default deadline. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
