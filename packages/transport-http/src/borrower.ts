import type { ExchangeResult, ExchangeSource, Lease, PickRequest } from '@millpond/contracts';
import type { Flushable } from '@millpond/transport-tcp';
import type { BackendConnection } from './backend-connection.ts';
import type { Engine } from './engine.ts';

/** For whom a connection is borrowed. */
export interface Holder extends PickRequest {
  /** Here it is. */
  onLease(lease: Lease<BackendConnection>): void;
  /** There is none to be had. */
  onUnavailable(error: unknown): void;
  /** One of the two above threw, or the upstream when it was asked. */
  onFault(error: unknown): void;
}

/**
 * Borrows a connection for one exchange after the other, and gives each back exactly once. What arrives for an exchange
 * that is over goes back at once.
 */
export class Borrower implements Flushable {
  readonly #engine: Engine;
  readonly #holder: Holder;
  #lease: Lease<BackendConnection> | undefined;
  /** Aborts what is awaited; undefined where nothing is. */
  #abort: AbortController | undefined;
  /** Where to borrow at the end of this turn. */
  #next: ExchangeSource<BackendConnection> | undefined;

  constructor(engine: Engine, holder: Holder) {
    this.#engine = engine;
    this.#holder = holder;
  }

  /** What is lent now. */
  get lease(): Lease<BackendConnection> | undefined {
    return this.#lease;
  }

  /**
   * Borrows from an upstream at the end of this turn, where the request would be written anyway. By then connections are
   * free whose answers came in the last turn: with one backend, 64 are enough for 64 clients, and not 100, and hardly any
   * request has to wait.
   */
  acquire(upstream: ExchangeSource<BackendConnection>): void {
    this.#next = upstream;
    this.#engine.buffers.writes.add(this);
  }

  /** Borrows before it returns if a connection is free, else later. */
  acquireNow(upstream: ExchangeSource<BackendConnection>): void {
    const lease = upstream.tryAcquire(this.#holder);
    if (lease === undefined) {
      this.#await(
        (signal) => upstream.acquire(this.#holder, { signal }),
        (error) => this.#holder.onUnavailable(error),
      );
      return;
    }
    this.#lease = lease;
    this.#holder.onLease(lease);
  }

  flush(): void {
    const upstream = this.#next;
    if (upstream === undefined) return;
    this.#next = undefined;
    try {
      this.acquireNow(upstream);
    } catch (error) {
      this.#holder.onFault(error);
    }
  }

  /** Borrows a new connection in place of one that was found stale: to the same backend, or where that fails to any. */
  renew(stale: Lease<BackendConnection>, upstream: ExchangeSource<BackendConnection>): void {
    this.#lease = undefined;
    this.#await(
      (signal) => stale.redial(signal),
      () => this.acquireNow(upstream),
    );
  }

  /** Gives back what is lent, and wants nothing any more. A connection whose exchange is not complete is closed. */
  end(result: ExchangeResult, bytesSent: number, bytesReceived: number): void {
    const lease = this.#lease;
    this.#lease = undefined;
    this.#next = undefined;
    this.#abort?.abort();
    this.#abort = undefined;
    if (lease === undefined) return;
    if (result !== 'completed') lease.connection.close();
    this.#release(lease, result, bytesSent, bytesReceived);
  }

  #await(borrow: (signal: AbortSignal) => Promise<Lease<BackendConnection>>, failed: (error: unknown) => void): void {
    const abort = new AbortController();
    this.#abort = abort;
    const settle = (step: () => void): void => {
      this.#abort = undefined;
      try {
        step();
      } catch (error) {
        this.#holder.onFault(error);
      }
    };
    borrow(abort.signal).then(
      (lease) => {
        if (this.#abort !== abort) {
          this.#release(lease, 'aborted', 0, 0);
          return;
        }
        settle(() => {
          this.#lease = lease;
          this.#holder.onLease(lease);
        });
      },
      (error: unknown) => {
        if (this.#abort === abort) settle(() => failed(error));
      },
    );
  }

  #release(lease: Lease<BackendConnection>, result: ExchangeResult, bytesSent: number, bytesReceived: number): void {
    try {
      lease.release(result, bytesSent, bytesReceived);
    } catch (error) {
      this.#engine.noteFault(error);
    }
  }
}
