import type { Balancer } from '@millpond/balancer';
import type { Clock, Connection, ExchangeResult, Observer, Outcome } from '@millpond/contracts';
import type { PoolLease } from '@millpond/pool';

import { CoolDown } from './cool-down.ts';
import type { Dialled } from './dialler.ts';
import type { Member } from './member.ts';

/** An outcome that is written anew for each exchange. */
type ReusedOutcome = { -readonly [Field in keyof Outcome]: Outcome[Field] };

/** What the leases of an upstream share: the clock, where their ends are told, and where their connections go then. */
export class LeaseDesk<C extends Connection> {
  readonly clock: Clock;
  /** Where connections go that may be used again. */
  readonly coolDown = new CoolDown<PoolLease<Dialled<C>>>(giveBack);
  readonly #balancer: Balancer<Member<C>>;
  readonly #observer: Observer;
  readonly #outcome: ReusedOutcome = {
    result: 'completed',
    status: 0,
    latencyMs: 0,
    bytesSent: 0,
    bytesReceived: 0,
  };

  constructor(balancer: Balancer<Member<C>>, clock: Clock, observer: Observer) {
    this.#balancer = balancer;
    this.clock = clock;
    this.#observer = observer;
  }

  /** Tells how an exchange ended. Called once per exchange, for every request: it allocates nothing. */
  ended(
    member: Member<C>,
    reused: boolean,
    result: ExchangeResult,
    status: number,
    latencyMs: number,
    bytesSent: number,
    bytesReceived: number,
  ): void {
    const outcome = this.#outcome;
    outcome.result = result;
    outcome.status = status;
    outcome.latencyMs = latencyMs;
    outcome.bytesSent = bytesSent;
    outcome.bytesReceived = bytesReceived;
    member.ended(result);
    try {
      this.#observer.exchangeEnded?.(member.ref, outcome, reused);
      this.#balancer.report(member, outcome);
    } finally {
      if (member.active === 0) member.idle();
    }
  }
}

/** A connection that has cooled down: late bytes, if any, have made it unfit by now. */
function giveBack<C extends Connection>(pooled: PoolLease<Dialled<C>>): void {
  if (pooled.value.connection.isReusable) pooled.release();
  else pooled.destroy('spoke out of turn, or ended, right after its exchange');
}
