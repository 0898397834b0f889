import type { Backend } from './backend.ts';
import type { Crowd } from './client-room.ts';
import type { CloseReason } from './connection.ts';
import type { Outcome, RequestResult } from './exchange.ts';

/** A backend within its upstream. The object is the same for as long as the backend exists: key by it. */
export interface BackendRef {
  readonly upstream: string;
  readonly backend: Backend;
}

/** Why a backend may be used or not; see {@link BackendStateChange}. */
export type BackendState = 'up' | 'down' | 'connect-failed' | 'ejected' | 'breaker-open' | 'drain' | 'maintenance';

/** A backend may be used now, or may not. */
export interface BackendStateChange {
  readonly state: BackendState;
  readonly usable: boolean;
  readonly previous: BackendState;
  /** What changed it, in words, where something did. */
  readonly reason: string | undefined;
}

/** A client's HTTP request, or TCP connection, has ended. Reused from call to call: copy what you keep. */
export interface RequestEnd {
  readonly app: string;
  readonly protocol: string;
  readonly clientAddress: string;
  /** Undefined where none was reached. */
  readonly upstream: string | undefined;
  readonly backend: Backend | undefined;
  /** HTTP; empty for TCP. */
  readonly method: string;
  readonly target: string;
  /** The HTTP status that the client got; 0 for TCP, or where none was sent. */
  readonly status: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly durationMs: number;
  readonly result: RequestResult;
  /** Code of the error that ended it, where one did. */
  readonly errorCode: string | undefined;
  /** What that error says: for operators, never for clients. */
  readonly reason: string | undefined;
}

/** A client that was not let in. */
export interface ConnectionRefusal {
  /** Of the connection itself or, where a proxy in front has announced the client, the client's. */
  readonly clientAddress: string;
  /** An `ERR_TCP_…`. */
  readonly code: string;
  /** For operators. */
  readonly reason: string;
}

/**
 * Gets what happens. Every method is optional and must not throw; those named `…Ended` are called for every exchange
 * and get reused objects.
 */
export interface Observer {
  connectionOpened?(ref: BackendRef, connectMs: number): void;
  connectFailed?(ref: BackendRef, error: unknown): void;
  connectionClosed?(ref: BackendRef, reason: CloseReason, lifetimeMs: number): void;
  /** A request had to wait, and was served or gave up after `waitMs`. */
  waitEnded?(ref: BackendRef, waitMs: number, served: boolean): void;
  exchangeEnded?(ref: BackendRef, outcome: Outcome, reused: boolean): void;
  probeEnded?(ref: BackendRef, healthy: boolean, durationMs: number, error: unknown): void;
  backendStateChanged?(ref: BackendRef, change: BackendStateChange): void;
  backendAdded?(ref: BackendRef): void;
  backendRemoved?(ref: BackendRef): void;
  requestEnded?(end: RequestEnd): void;
  /** A listener could not get its port and tries again. */
  listenRetried?(address: string, error: unknown, delayMs: number): void;
  /** Accepting was paused or failed for want of descriptors or memory. */
  acceptFailed?(address: string, error: unknown): void;
  /** A client did not get through its TLS handshake: it speaks something else, has no valid certificate, was too slow, or went away. */
  handshakeFailed?(address: string, error: unknown): void;
  /** A client has connected, and waits until others leave, as open files are at their limit. */
  clientWaits?(address: string, crowd: Crowd): void;
  /** A client was not let in: nothing was asked of any backend. */
  connectionRefused?(address: string, refusal: ConnectionRefusal): void;
}
