import type { AccessRules } from './access.ts';
import type { Address, Backend } from './backend.ts';
import type { ConnectOptions, Connection } from './connection.ts';
import type { ExchangeSource } from './exchange.ts';
import type { Filter } from './filter.ts';
import type { FrontendTls } from './tls.ts';

/** Limits for what a client sends over HTTP, and for how slowly; 0 is no limit. */
export interface MessageLimits {
  /** Bytes of the request line; beyond: 414. */
  readonly requestLineBytes: number;
  /** Bytes of the whole head; beyond: 431. */
  readonly headBytes: number;
  /** Number of header fields; beyond: 431. */
  readonly headers: number;
  /** Bytes of a request body; beyond: 413. */
  readonly bodyBytes: number;
  /** Bytes of the chunk extensions of one request; beyond: 400. */
  readonly chunkExtensionBytes: number;
  /** Bytes of the trailers of one request; beyond: 400. */
  readonly trailerBytes: number;
  /** Requests after which a client connection is closed. */
  readonly requestsPerConnection: number;
  /**
   * Body bytes that a client must send or take per second, over the time for which everybody waits for it; below: 408, or
   * cut off once its response has begun.
   */
  readonly minBytesPerSecond: number;
}

/**
 * How backends are told who asked: by X-Forwarded-For, -Host and -Proto, by Forwarded (RFC 7239), by both, or not at all.
 */
export type ForwardedStyle = 'x-forwarded' | 'forwarded' | 'both' | 'off';

/** An address that a proxy listens on. */
export interface Frontend {
  /** Name of the app that it belongs to. */
  readonly app: string;
  readonly address: Address;
  /** Limits that hold before a route is known. @defaultValue those of the transport */
  readonly timeouts?: ExchangeTimeouts;
  /** @defaultValue those of the transport */
  readonly limits?: MessageLimits;
  /**
   * Every client must be one of `trustedProxies`, and begin, before TLS, with a header of the PROXY protocol, v1 or v2,
   * which says whom it connects for; it has to be whole within `timeouts.headerMs`. @defaultValue nobody does
   */
  readonly proxyProtocol?: 'require';
  /**
   * Whose word is taken on who asked: addresses, ranges such as `10.0.0.0/8`, and `unix` for whoever comes by a UNIX
   * socket. What others say of it is dropped. @defaultValue nobody
   */
  readonly trustedProxies?: readonly string[];
  /** Milliseconds of silence after which the kernel asks whether a client is still there; 0 for never. @defaultValue that of the transport */
  readonly keepAliveMs?: number;
  /** Who may connect: every one of these must let a client in. @defaultValue everybody may */
  readonly access?: readonly AccessRules[];
  /** HTTP. @defaultValue 'x-forwarded' */
  readonly forwarded?: ForwardedStyle;
  /** Clients speak TLS; a handshake has to be done within `timeouts.headerMs`. @defaultValue they do not */
  readonly tls?: FrontendTls;
  /**
   * TCP: what a TLS client asks for is read before its route is looked up, and nothing is decrypted; it has to be whole
   * within `timeouts.headerMs`. Where the frontend speaks TLS itself, that is known anyway. @defaultValue false
   */
  readonly readsClientHello?: boolean;
  /** HTTP: every request is answered by a redirect to `https://` and this port. @defaultValue requests are served */
  readonly redirectToPort?: number;
}

/** What is known of a client's wish when its route is looked up. */
export interface RouteRequest {
  readonly clientAddress: string;
  /** HTTP: the Host, lower case, without a port. TCP: the server name that a TLS client asks for. */
  readonly host: string | undefined;
  /** HTTP: the target without its query. */
  readonly path: string | undefined;
  /** TCP: the protocols that a TLS client would speak (ALPN), where they are known. */
  readonly protocols?: readonly string[] | undefined;
}

/** Limits in time for one exchange, in milliseconds; 0 is no limit. */
export interface ExchangeTimeouts {
  /** HTTP: from the first byte of a request to the end of its head. */
  readonly headerMs: number;
  /** HTTP: from the whole request to the head of its response; progress of the upload starts it anew. */
  readonly requestMs: number;
  /** No byte in either direction; HTTP: between two requests of a connection, too. */
  readonly idleMs: number;
  /** HTTP: no byte in either direction, once the two sides have switched to another protocol, such as WebSocket. */
  readonly tunnelMs: number;
  /** TCP: no byte, once one side has ended; where that is shorter than `idleMs`. @defaultValue 30000 */
  readonly finMs?: number;
  /** TCP: from the connection to a backend to the end of both sides, whatever happens. @defaultValue 0 */
  readonly sessionMs?: number;
}

/** Where an exchange goes, and by which rules. */
export interface Route<C extends Connection = Connection> {
  readonly upstream: ExchangeSource<C>;
  readonly timeouts: ExchangeTimeouts;
  readonly filters: readonly Filter[];
  /** Whether a request is sent once more on a new connection when a reused one turned out to be stale and it is safe. */
  readonly replayStale: boolean;
  /** TCP: backends are first sent this header of the PROXY protocol. @defaultValue none */
  readonly proxyProtocol?: 'v1' | 'v2';
  /** TCP: whether the end of one side leaves the other direction open; else both are closed then. @defaultValue true */
  readonly halfClose?: boolean;
}

/** Decides where the exchanges of a frontend go. */
export interface Handler<C extends Connection = Connection> {
  /** Undefined: HTTP 404, a TCP reset. Synchronous, called for every HTTP request and every TCP connection. */
  route(request: RouteRequest): Route<C> | undefined;
}

/** An open frontend. */
export interface Listener {
  /** The address it really listens on: the port is known even where 0 was asked for. */
  readonly address: Address;
  /** Client connections that are open now. */
  readonly connections: number;
  /**
   * Exchanges certificates and keys, where the frontend speaks TLS: for clients that connect from now on. Throws, and
   * changes nothing, where they cannot be used.
   */
  setTls?(tls: FrontendTls): void;
  /** Stops accepting; resolves when the port is free. What is open goes on. */
  close(): Promise<void>;
  /**
   * Lets what is in flight finish, closes what is idle, and resolves when no connection is left. When `signal` aborts,
   * what is still open is cut off.
   */
  drain(options: { readonly signal: AbortSignal }): Promise<void>;
}

/** Speaks a protocol: to backends by {@link Transport.connect}, to clients by {@link Transport.serve}. */
export interface Transport<C extends Connection = Connection> {
  /** Dials; must end soon after `signal` aborts, leaving nothing behind. */
  connect(backend: Backend, options: ConnectOptions): Promise<C>;
  /** Listens. Resolves when the port is open; keeps trying while it is busy, until `signal` aborts. */
  serve(frontend: Frontend, handler: Handler<C>, options: { readonly signal: AbortSignal }): Promise<Listener>;
  /** Called once, last, when all listeners are closed. */
  dispose?(): void | Promise<void>;
}
