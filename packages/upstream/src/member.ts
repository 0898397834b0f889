import { LiveCandidate } from '@millpond/balancer';
import type {
  Backend,
  BackendRef,
  Clock,
  Connection,
  ExchangeResult,
  Observer,
  Random,
  Transport,
} from '@millpond/contracts';
import { BackendHealth, type BreakerOptions, type BreakerRotation } from '@millpond/health';
import { Pool, type PoolOptions } from '@millpond/pool';

import { TurnedAway, type Attempt, type SentAway } from './attempt.ts';
import { Dialler, type ConnectSettings, type Dialled } from './dialler.ts';
import { aborted, causeOf, codeOf, isLocalShortage } from './errors.ts';

/** What the members of an upstream have in common. */
export interface MemberContext<C extends Connection> {
  readonly upstream: string;
  readonly transport: Pick<Transport<C>, 'connect'>;
  readonly how: ConnectSettings;
  readonly pool: PoolOptions;
  readonly probed: boolean;
  readonly breaker: BreakerOptions | false;
  readonly breakerRotation: BreakerRotation;
  readonly clock: Clock;
  readonly random: Random;
  readonly observer: Observer;
  /** Called when a member may be used, or may not be used any more. */
  onUsableChanged(): void;
  /** Called when a dial to a member has failed. */
  onConnectFailed(ref: BackendRef): void;
}

/**
 * One backend in its upstream: its health, its pool and its figures. It is the candidate of the balancer itself (hence the
 * only inheritance here), so that a pick needs no look-up.
 *
 * Connections carry one exchange at a time. For those that could carry more, this is the place that would keep the ones
 * with room, lent by the pool for as long as they carry anything, and be asked before the pool is.
 */
export class Member<C extends Connection> extends LiveCandidate {
  readonly ref: BackendRef;
  readonly health: BackendHealth;
  readonly pool: Pool<Dialled<C>>;
  /** Exchanges that were begun. */
  requests = 0;
  /** Dials that failed, and exchanges that ended through the backend's fault. */
  failures = 0;
  /** Connections that were found stale and dialled anew. */
  redials = 0;
  /** Whether it came from the discovery, and goes when that leaves it out. */
  isDiscovered = false;

  readonly #observer: Observer;
  #connectFailure: unknown;
  #onIdle: (() => void) | undefined;

  constructor(backend: Backend, context: MemberContext<C>) {
    super(backend);
    const { upstream, transport, how, clock, random, observer } = context;
    this.ref = { upstream, backend };
    this.#observer = observer;
    this.health = new BackendHealth(
      this.ref,
      { probed: context.probed, breaker: context.breaker },
      {
        clock,
        random,
        observer,
        breakerRotation: context.breakerRotation,
        onChange: () => {
          if (!this.health.usable) this.#abandon();
          context.onUsableChanged();
        },
      },
    );
    const dialler = new Dialler<C>({
      backend,
      transport,
      how,
      clock,
      onConnected: () => this.health.connected(),
      onFailed: (error) => {
        this.failures += 1;
        this.#connectFailure = error;
        observer.connectFailed?.(this.ref, error);
        if (isLocalShortage(error)) return;
        this.health.connectFailed(error);
        context.onConnectFailed(this.ref);
      },
    });
    this.pool = new Pool(dialler, context.pool, {
      clock,
      random,
      observer: {
        created: (createMs) => observer.connectionOpened?.(this.ref, createMs),
        destroyed: (reason, lifetimeMs, cause) => {
          // A whole exchange that used its connection up, as every one over TCP does, broke nothing.
          const isUsedUp = reason === 'error' && cause === 'completed';
          observer.connectionClosed?.(this.ref, isUsedUp ? 'maxUses' : reason, lifetimeMs);
        },
        waitEnded: (waitMs, served) => observer.waitEnded?.(this.ref, waitMs, served),
      },
    });
  }

  /**
   * Waits for a connection: for one that comes free, or for a dial.
   *
   * @param dialMs - how long for a dial; which of the two limits applies is known when the wait begins
   * @param queueMs - how long in the queue
   * @throws ERR_UPSTREAM_ABORTED, ERR_POOL_ACQUIRE_TIMEOUT
   */
  async attempt(signal: AbortSignal | undefined, dialMs: number, queueMs: number): Promise<Attempt<C>> {
    const isQueueing = this.pool.isFull;
    this.queued += 1;
    try {
      const timeoutMs = isQueueing ? queueMs : dialMs;
      const pooled = await this.pool.acquire({ signal, timeoutMs });
      if (signal?.aborted !== true) return { outcome: 'lent', pooled };
      pooled.release();
    } catch (error) {
      if (signal?.aborted !== true) return judge(error, isQueueing);
    } finally {
      this.queued -= 1;
    }
    throw aborted(signal.reason);
  }

  /** An exchange begins. */
  began(): void {
    this.active += 1;
    this.requests += 1;
  }

  /** An exchange has ended. */
  ended(result: ExchangeResult): void {
    this.active -= 1;
    if (isFailure(result)) this.failures += 1;
  }

  /** Called when no exchange is under way any more. */
  idle(): void {
    this.#onIdle?.();
  }

  /**
   * Lets what is under way finish, cuts off what is not finished after `timeoutMs`, and closes everything. Resolves when
   * no connection is left. Called once, when no exchange is begun any more.
   */
  async retire(timeoutMs: number): Promise<void> {
    this.pool.turnAway(new TurnedAway({ outcome: 'moved' }));
    await this.pool.drain({ timeoutMs });
    // Exchanges that were cut off are given back when their holders notice; they are counted, too.
    this.#onIdle = () => this.#finish();
    if (this.active === 0) this.idle();
  }

  #finish(): void {
    this.#onIdle = undefined;
    this.health.dispose();
    this.#observer.backendRemoved?.(this.ref);
  }

  /** It may not be used any more: whoever waits for it goes elsewhere, and what is idle will hardly be needed. */
  #abandon(): void {
    const { state } = this.health;
    // A backend whose breaker is open does answer, if badly: its connections are as good as before.
    if (state !== 'breaker-open') this.pool.evict();
    const why: SentAway =
      state === 'connect-failed' ? { outcome: 'unreachable', failure: this.#connectFailure } : { outcome: 'moved' };
    this.pool.turnAway(new TurnedAway(why));
  }
}

/** What a failure of the pool means for the caller: to try another backend, or to be told. */
function judge(error: unknown, wasQueueing: boolean): SentAway {
  if (error instanceof TurnedAway) return error.why;
  const code = codeOf(error);
  if (code === 'ERR_POOL_CREATE_FAILED') return { outcome: 'unreachable', failure: causeOf(error) };
  if (code === 'ERR_POOL_ACQUIRE_TIMEOUT' && !wasQueueing) return { outcome: 'unreachable', failure: error };
  if (code === 'ERR_POOL_QUEUE_FULL') return { outcome: 'full', failure: error };
  if (code === 'ERR_POOL_DRAINING') return { outcome: 'moved' };
  throw error;
}

function isFailure(result: ExchangeResult): boolean {
  // A dial that failed was counted when it did.
  return result === 'reset' || result === 'timeout' || result === 'bad-response';
}
