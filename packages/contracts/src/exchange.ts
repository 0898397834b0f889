import type { Backend } from './backend.ts';
import type { Connection } from './connection.ts';
import type { PickRequest } from './strategy.ts';

/**
 * How an exchange with a backend ended.
 *
 * `completed`: an answer was received whole, whatever its status; `connect-failed`: no connection could be made;
 * `stale`: a reused connection turned out to be closed before any byte came back; `reset`: cut off by the backend;
 * `timeout`: the backend took too long; `bad-response`: it broke the protocol; `aborted`: the client went away, which
 * says nothing about the backend.
 */
export type ExchangeResult =
  'completed' | 'connect-failed' | 'stale' | 'reset' | 'timeout' | 'bad-response' | 'aborted';

/**
 * How a client's request ended: as its exchange did, or `refused`: the proxy did not serve it, since it was malformed, too
 * large or too slow, had no route, or a part of the proxy failed.
 */
export type RequestResult = ExchangeResult | 'refused';

/** What is known of an exchange when it ends. Reused from call to call: copy what you keep. */
export interface Outcome {
  readonly result: ExchangeResult;
  /** HTTP status of the answer; 0 where there was none. */
  readonly status: number;
  /** From the lease to the first byte of the answer (TCP: from the dial to the connection), in milliseconds; -1 where there was none. */
  readonly latencyMs: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

/**
 * A borrowed place for one exchange on a connection to a backend.
 *
 * The holder calls {@link Lease.release} exactly once, whatever happened; further calls do nothing.
 */
export interface Lease<C extends Connection = Connection> {
  readonly connection: C;
  readonly backend: Backend;
  /** Whether the connection carried an exchange before this one. */
  readonly reused: boolean;
  /**
   * Says that the backend has answered: the head of a response came, or, for TCP, the connection was made.
   * At most once per lease, before release; tells the breaker that the backend is alive.
   *
   * @param status - HTTP status; 0 for TCP
   */
  answered(status: number): void;
  /** Gives the place back. A connection that is not reusable then is closed. */
  release(result: ExchangeResult, bytesSent: number, bytesReceived: number): void;
  /**
   * Closes the connection, which was found stale, and dials the same backend anew in its place, without queueing.
   * On failure the lease has been released as `connect-failed`.
   */
  redial(signal: AbortSignal): Promise<Lease<C>>;
}

/** How {@link ExchangeSource.acquire} is to behave. */
export interface AcquireOptions {
  /** Aborting it takes the caller out of the queue; whatever arrives for it later goes to others. */
  readonly signal?: AbortSignal;
}

/** What lends exchanges: an upstream, as transports see it. */
export interface ExchangeSource<C extends Connection = Connection> {
  readonly name: string;
  /** A lease if one can be had at once, on a connection that is open and free; else undefined, and nothing has happened. */
  tryAcquire(request: PickRequest): Lease<C> | undefined;
  /**
   * A lease, after dialling or queueing if need be. Backends that cannot be connected to are passed over for others.
   *
   * @throws ERR_UPSTREAM_UNAVAILABLE - no backend may be used
   * @throws ERR_UPSTREAM_CONNECT_FAILED - every backend that was tried refused; `cause` is the last failure
   * @throws ERR_UPSTREAM_CONNECT_TIMEOUT - the last backend that was tried did not answer in time
   * @throws ERR_POOL_QUEUE_FULL, ERR_POOL_ACQUIRE_TIMEOUT - all connections are busy
   */
  acquire(request: PickRequest, options?: AcquireOptions): Promise<Lease<C>>;
}
