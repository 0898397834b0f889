import type { Balancer } from '@millpond/balancer';
import type { AcquireOptions, Clock, Connection, Lease, Observer, PickRequest } from '@millpond/contracts';
import type { Pool } from '@millpond/pool';

import type { Attempt } from './attempt.ts';
import { aborted, codeOf, notConnected, unavailable } from './errors.ts';
import { ExchangeLease } from './exchange-lease.ts';
import { LeaseDesk } from './lease-desk.ts';
import type { Member } from './member.ts';
import type { UpstreamLimits } from './options.ts';
import type { Place } from './places.ts';

/** What a {@link Lender} works with. */
export interface LenderOptions<C extends Connection> {
  readonly upstream: string;
  readonly balancer: Balancer<Member<C>>;
  readonly limits: UpstreamLimits;
  /** Absent where exchanges are not limited in number. */
  readonly places: Pool<object> | undefined;
  readonly clock: Clock;
  readonly observer: Observer;
}

/**
 * Lends exchanges: strategy, then breaker gate, then pool, and another backend where that one cannot be connected to, or
 * has its queue full.
 *
 * {@link Lender.tryAcquire} runs for every request: it makes no promise, closure or timer.
 */
export class Lender<C extends Connection> {
  readonly #upstream: string;
  readonly #balancer: Balancer<Member<C>>;
  readonly #limits: UpstreamLimits;
  readonly #places: Pool<object> | undefined;
  readonly #clock: Clock;
  readonly #desk: LeaseDesk<C>;
  readonly #untried: readonly Member<C>[] = [];
  /**
   * The pick of a {@link Lender.tryAcquire} that found no free connection, for the `acquire` that follows it. A second
   * pick would turn a rotation once more, and of two backends always dial the same one.
   */
  #pickedMember: Member<C> | undefined;
  #pickedRequest: PickRequest | undefined;

  constructor({ upstream, balancer, limits, places, clock, observer }: LenderOptions<C>) {
    this.#places = places;
    this.#upstream = upstream;
    this.#balancer = balancer;
    this.#limits = limits;
    this.#clock = clock;
    this.#desk = new LeaseDesk(balancer, clock, observer);
  }

  tryAcquire(request: PickRequest): Lease<C> | undefined {
    if (this.#places === undefined) return this.#tryLend(request, undefined);
    const place = this.#places.tryAcquire();
    if (place === undefined) return undefined;
    let lease: Lease<C> | undefined;
    try {
      lease = this.#tryLend(request, place);
    } finally {
      if (lease === undefined) place.release();
    }
    return lease;
  }

  acquire(request: PickRequest, { signal }: AcquireOptions = {}): Promise<Lease<C>> {
    // Async functions within async functions cost a microsecond each, so there are few.
    const startedAt = this.#clock.now();
    if (this.#places === undefined) return this.#lend(request, signal, startedAt, undefined);
    return this.#lendPlace(this.#places, request, signal, startedAt);
  }

  async #lendPlace(
    places: Pool<object>,
    request: PickRequest,
    signal: AbortSignal | undefined,
    startedAt: number,
  ): Promise<Lease<C>> {
    const place = await this.#takePlace(places, signal);
    try {
      return await this.#lend(request, signal, startedAt, place);
    } catch (error) {
      place.release();
      throw error;
    }
  }

  async #takePlace(places: Pool<object>, signal: AbortSignal | undefined): Promise<Place> {
    try {
      return await places.acquire({ signal });
    } catch (error) {
      if (signal?.aborted === true) throw aborted(signal.reason);
      if (codeOf(error) === 'ERR_POOL_DRAINING') throw unavailable(this.#upstream);
      throw error;
    }
  }

  #tryLend(request: PickRequest, place: Place | undefined): Lease<C> | undefined {
    const member = this.#balancer.pick(request, this.#untried, admits);
    if (member === undefined) return undefined;
    const epoch = member.health.epoch;
    const pooled = member.pool.tryAcquire();
    if (pooled === undefined) {
      member.health.cancel(epoch);
      this.#pickedMember = member;
      this.#pickedRequest = request;
      return undefined;
    }
    member.began();
    return new ExchangeLease(this.#desk, member, pooled, epoch, place);
  }

  async #lend(
    request: PickRequest,
    signal: AbortSignal | undefined,
    startedAt: number,
    place: Place | undefined,
  ): Promise<Lease<C>> {
    if (signal?.aborted === true) throw aborted(signal.reason);
    const { retryAttempts, connectBudgetMs, acquireTimeoutMs } = this.#limits;
    const tried: Member<C>[] = [];
    let failures = 0;
    let failure: unknown;
    let queueFull: unknown;
    let member = this.#takePicked(request) ?? this.#balancer.pick(request, tried, admits);
    while (member !== undefined) {
      const spentMs = this.#clock.now() - startedAt;
      const dialMs = remaining(connectBudgetMs, spentMs);
      const queueMs = remaining(acquireTimeoutMs, spentMs);
      const { epoch } = member.health;
      let attempt: Attempt<C> | undefined;
      try {
        // One backend after the other: the next is tried because this one failed.
        attempt = await member.attempt(signal, dialMs, queueMs);
      } finally {
        if (attempt?.outcome !== 'lent') member.health.cancel(epoch);
      }
      if (attempt.outcome === 'lent') {
        member.began();
        return new ExchangeLease(this.#desk, member, attempt.pooled, epoch, place);
      }
      if (attempt.outcome !== 'moved') tried.push(member);
      if (attempt.outcome === 'full') queueFull = attempt.failure;
      if (attempt.outcome === 'unreachable') {
        ({ failure } = attempt);
        failures += 1;
        if (failures > retryAttempts || this.#clock.now() - startedAt >= connectBudgetMs) break;
      }
      member = this.#balancer.pick(request, tried, admits);
    }
    // A backend that is only busy says more than one that could not be reached: the caller may come back.
    if (queueFull !== undefined) throw queueFull;
    throw failures === 0 ? unavailable(this.#upstream) : notConnected(this.#upstream, failures, failure);
  }

  #takePicked(request: PickRequest): Member<C> | undefined {
    const member = this.#pickedRequest === request ? this.#pickedMember : undefined;
    this.#pickedMember = undefined;
    this.#pickedRequest = undefined;
    return member?.health.usable === true && admits(member) ? member : undefined;
  }
}

function admits<C extends Connection>(member: Member<C>): boolean {
  return member.health.admit();
}

/** What is left of a time limit, at least a moment; 0 is no limit. */
function remaining(limitMs: number, spentMs: number): number {
  return limitMs === 0 ? 0 : Math.max(limitMs - spentMs, 1);
}
