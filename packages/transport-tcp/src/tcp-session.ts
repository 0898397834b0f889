import {
  MillpondError,
  type Backend,
  type Clock,
  type ExchangeResult,
  type Handler,
  type Lease,
  type Observer,
  type PickRequest,
  type RequestResult,
  type Route,
  type RouteRequest,
} from '@millpond/contracts';
import { awaitClientHello } from './client-hello/await-client-hello.ts';
import type { Deadlines } from './deadlines.ts';
import { IGNORE } from './socket/socket-handler.ts';
import type { FastSocket } from './socket/fast-socket.ts';
import { outgoingHeader } from './proxy-protocol/outgoing.ts';
import type { Seat } from './roster.ts';
import type { ReadBuffers } from './socket/read-buffers.ts';
import { Relay, type RelayEnd, type RelayResult } from './relay/relay.ts';
import type { TcpConnection } from './tcp-connection.ts';
import type { TcpRequestEnd } from './tcp-request-end.ts';

/** What all sessions of one listener share. */
export interface TcpSessionContext {
  readonly handler: Handler<TcpConnection>;
  readonly buffers: ReadBuffers;
  readonly deadlines: Deadlines;
  readonly clock: Clock;
  readonly observer: Observer;
  /** Takes note of an error that nobody else can be told of. */
  readonly noteFault: (error: unknown) => void;
  /** What the observer is told, filled in anew each time. */
  readonly end: TcpRequestEnd;
  /** Whether routes depend on the ClientHello. */
  readonly readsClientHello: boolean;
  /** Milliseconds until that must be whole; 0 for no limit. */
  readonly headerMs: number;
  /** Aborts when all sessions are cut off: one signal for all of them, since one for each costs 10 µs. */
  readonly cutOff: AbortSignal;
  /** The client's socket is closed, and the connection to the backend given back. */
  readonly onEnded: (session: TcpSession) => void;
}

/** How the end of a relay is reported: to the upstream, and as the error of the client's connection. */
const ENDS: Readonly<Record<RelayEnd, { readonly result: ExchangeResult; readonly errorCode: string | undefined }>> = {
  completed: { result: 'completed', errorCode: undefined },
  'client-reset': { result: 'aborted', errorCode: 'ERR_TCP_CLIENT_RESET' },
  'backend-reset': { result: 'reset', errorCode: 'ERR_TCP_BACKEND_RESET' },
  'idle-timeout': { result: 'timeout', errorCode: 'ERR_TCP_IDLE_TIMEOUT' },
  'session-timeout': { result: 'timeout', errorCode: 'ERR_TCP_SESSION_TIMEOUT' },
  'fin-timeout': { result: 'timeout', errorCode: 'ERR_TCP_FIN_TIMEOUT' },
  aborted: { result: 'aborted', errorCode: 'ERR_TCP_ABORTED' },
};

/**
 * The life of one client of a TCP frontend: it is routed, borrows a connection to a backend, is relayed to it, and
 * reported once when its socket is closed. A client that gets no connection is reset.
 */
export class TcpSession implements PickRequest, RouteRequest {
  readonly clientAddress: string;
  readonly clientId = undefined;
  /** The server name that a TLS client asks for, where routes depend on it. */
  host: string | undefined;
  /** What it would speak within TLS. */
  protocols: readonly string[] | undefined;
  readonly path = undefined;
  /** Its place among the sessions of its listener, which writes it. */
  seat: Seat<TcpSession> | undefined;
  readonly #client: FastSocket;
  readonly #context: TcpSessionContext;
  readonly #startedAt: number;
  /** Gives up waiting for the ClientHello. */
  #listening: AbortController | undefined;
  #route: Route<TcpConnection> | undefined;
  #relay: Relay | undefined;

  /** @param client - paused; the session owns it from now on */
  constructor(client: FastSocket, context: TcpSessionContext) {
    this.clientAddress = client.remoteAddress;
    this.host = client.serverName;
    this.#client = client;
    this.#context = context;
    this.#startedAt = context.clock.now();
  }

  /** Begins. Whatever goes wrong, {@link TcpSessionContext.onEnded} is called. */
  start(): void {
    void this.#run();
  }

  /** TCP clients have no headers. */
  header(): undefined {
    return undefined;
  }

  /** Cuts off the client, and its backend if it has one. Called when {@link TcpSessionContext.cutOff} has aborted. */
  abort(): void {
    this.#listening?.abort(this.#context.cutOff.reason);
    this.#relay?.abort();
  }

  async #run(): Promise<void> {
    try {
      const read = this.#context.readsClientHello ? await this.#listen() : '';
      const route = this.#context.handler.route(this);
      if (route === undefined) throw new MillpondError('ERR_TCP_NO_ROUTE', 'No route takes this client. Add one.');
      this.#route = route;
      const { upstream } = route;
      const lease = upstream.tryAcquire(this) ?? (await upstream.acquire(this, { signal: this.#context.cutOff }));
      this.#startRelay(lease, route, read);
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** What the client says first, where routes depend on that. */
  async #listen(): Promise<string> {
    const { headerMs: timeoutMs, clock } = this.#context;
    const { signal } = (this.#listening = new AbortController());
    const { hello, read } = await awaitClientHello(this.#client, { clock, timeoutMs, signal });
    this.#listening = undefined;
    this.host = hello.serverName;
    this.protocols = hello.protocols;
    return read;
  }

  #startRelay(lease: Lease<TcpConnection>, route: Route<TcpConnection>, readFromClient: string): void {
    const { deadlines, cutOff: signal } = this.#context;
    const taken = lease.connection.take();
    if (signal.aborted || taken === undefined) {
      lease.release(signal.aborted ? 'aborted' : 'reset', 0, 0);
      throw signal.reason ?? new MillpondError('ERR_TCP_BACKEND_RESET', 'The backend closed before it was used.');
    }
    lease.answered(0);
    if (route.proxyProtocol !== undefined) taken.socket.write(outgoingHeader(this.#client, route.proxyProtocol));
    this.#relay = new Relay({
      client: this.#client,
      backend: taken.socket,
      readFromClient,
      readFromBackend: taken.early,
      deadlines,
      idleMs: route.timeouts.idleMs,
      finMs: route.timeouts.finMs,
      sessionMs: route.timeouts.sessionMs,
      halfClose: route.halfClose,
      onEnd: (end) => this.#onRelayEnd(lease, end),
    });
  }

  #onRelayEnd(lease: Lease<TcpConnection>, { reason, bytesFromClient, bytesFromBackend }: RelayResult): void {
    const { result, errorCode } = ENDS[reason];
    try {
      lease.release(result, bytesFromClient, bytesFromBackend);
    } catch (error) {
      this.#context.noteFault(error);
    }
    this.#report(result, errorCode, undefined, lease.backend, bytesFromClient, bytesFromBackend);
  }

  #refuse(error: unknown): void {
    const reason = error instanceof Error ? error.message : undefined;
    const onClose = (): void => this.#report(this.#refusal(), codeOf(error), reason, undefined, 0, 0);
    if (this.#client.closed) {
      onClose();
      return;
    }
    this.#client.handler = { ...IGNORE, onClose };
    this.#client.reset();
  }

  #refusal(): RequestResult {
    if (this.#context.cutOff.aborted) return 'aborted';
    return this.#route === undefined ? 'refused' : 'connect-failed';
  }

  #report(
    result: RequestResult,
    errorCode: string | undefined,
    reason: string | undefined,
    backend: Backend | undefined,
    bytesIn: number,
    bytesOut: number,
  ): void {
    const { end, clock, observer } = this.#context;
    end.clientAddress = this.clientAddress;
    end.upstream = this.#route?.upstream.name;
    end.backend = backend;
    end.bytesIn = bytesIn;
    end.bytesOut = bytesOut;
    end.durationMs = clock.now() - this.#startedAt;
    end.result = result;
    end.errorCode = errorCode;
    end.reason = reason;
    this.#context.onEnded(this);
    observer.requestEnded?.(end);
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
