import type { Backend, Connection, ExchangeResult, Lease } from '@millpond/contracts';
import type { PoolLease } from '@millpond/pool';

import type { Dialled } from './dialler.ts';
import { aborted, causeOf, leaseEnded, notConnected } from './errors.ts';
import type { LeaseDesk } from './lease-desk.ts';
import type { Member } from './member.ts';
import type { Place } from './places.ts';

/** The status, and the latency, of an exchange that has not been answered. */
const NOT_ANSWERED = -1;

/** One exchange on one connection. Made for each exchange, so it holds fields and no closures. */
export class ExchangeLease<C extends Connection> implements Lease<C> {
  readonly connection: C;
  readonly reused: boolean;
  readonly #desk: LeaseDesk<C>;
  readonly #member: Member<C>;
  readonly #pooled: PoolLease<Dialled<C>>;
  readonly #epoch: number;
  readonly #place: Place | undefined;
  readonly #startedAt: number;
  #status = NOT_ANSWERED;
  #latencyMs = NOT_ANSWERED;
  #ended = false;

  /**
   * The member has counted the exchange.
   *
   * @param epoch - of the member's health when it admitted it
   * @param place - given back with it; absent where exchanges are not limited in number
   */
  constructor(
    desk: LeaseDesk<C>,
    member: Member<C>,
    pooled: PoolLease<Dialled<C>>,
    epoch: number,
    place: Place | undefined,
  ) {
    this.connection = pooled.value.connection;
    this.reused = pooled.reused;
    this.#desk = desk;
    this.#member = member;
    this.#pooled = pooled;
    this.#epoch = epoch;
    this.#place = place;
    this.#startedAt = desk.clock.now();
  }

  get backend(): Backend {
    return this.#member.backend;
  }

  answered(status: number): void {
    if (this.#ended || this.#status !== NOT_ANSWERED) return;
    this.#status = status;
    // Over TCP nothing says when an answer begins: the dial stands for it (see Outcome.latencyMs).
    this.#latencyMs = status === 0 ? this.#pooled.value.connectMs : this.#desk.clock.now() - this.#startedAt;
    this.#member.observeLatency(this.#latencyMs);
    this.#member.health.answered(status, this.#epoch);
  }

  release(result: ExchangeResult, bytesSent: number, bytesReceived: number): void {
    if (this.#ended) return;
    try {
      this.#end(result, bytesSent, bytesReceived);
    } finally {
      if (result === 'completed' && this.connection.isReusable) this.#desk.coolDown.add(this.#pooled);
      else this.#pooled.destroy(result);
    }
  }

  async redial(signal: AbortSignal): Promise<Lease<C>> {
    if (this.#ended) throw leaseEnded();
    // The exchange goes on under another lease, or ends here; either way nothing can be released by this one any more.
    this.#ended = true;
    try {
      const pooled = await this.#pooled.replace({ signal });
      this.#member.redials += 1;
      return new ExchangeLease(this.#desk, this.#member, pooled, this.#epoch, this.#place);
    } catch (error) {
      this.#end(signal.aborted ? 'aborted' : 'connect-failed', 0, 0);
      if (signal.aborted) throw aborted(signal.reason);
      throw notConnected(this.#member.ref.upstream, 1, causeOf(error));
    }
  }

  #end(result: ExchangeResult, bytesSent: number, bytesReceived: number): void {
    this.#ended = true;
    this.#place?.release();
    this.#member.health.ended(result, this.#status, this.#epoch);
    const status = this.#status === NOT_ANSWERED ? 0 : this.#status;
    this.#desk.ended(this.#member, this.reused, result, status, this.#latencyMs, bytesSent, bytesReceived);
  }
}
