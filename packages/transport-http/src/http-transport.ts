import {
  definePlugin,
  type Backend,
  type ClientRoom,
  type Clock,
  type ConnectOptions,
  type ExchangeTimeouts,
  type Frontend,
  type Handler,
  type Logger,
  type MessageLimits,
  type Observer,
  type Random,
  type Transport,
} from '@millpond/contracts';
import {
  AccessGates,
  dialBackend,
  frontendAcceptance,
  frontendProxyProtocol,
  ReadBuffers,
  TlsClient,
  TrustedProxies,
} from '@millpond/transport-tcp';
import { z } from 'zod';
import { BackendConnection } from './backend-connection.ts';
import { Engine } from './engine.ts';
import { HttpListener } from './http-listener.ts';

/** What an {@link HttpTransport} works with. */
export interface HttpTransportOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly observer: Observer;
  /** Told of filters, strategies and observers that throw. @defaultValue none */
  readonly logger?: Logger;
  /** Buffers to read into, to share or to watch them. @defaultValue its own */
  readonly buffers?: ReadBuffers;
  /** Whether to do without Node's streams, where Node can; they cost more. @defaultValue true */
  readonly bareHandles?: boolean;
  /** Where clients are counted; who finds no room there waits. @defaultValue nobody counts them */
  readonly room?: ClientRoom;
}

/** What both sides are told in a TLS handshake (RFC 7301). */
const PROTOCOLS = ['http/1.1'];

/** For frontends that say nothing else. */
export const DEFAULT_TIMEOUTS: ExchangeTimeouts = {
  headerMs: 10_000,
  requestMs: 30_000,
  idleMs: 60_000,
  tunnelMs: 3_600_000,
};

/** For frontends that say nothing else. */
export const DEFAULT_LIMITS: MessageLimits = {
  requestLineBytes: 8192,
  headBytes: 16_384,
  headers: 100,
  bodyBytes: 0,
  chunkExtensionBytes: 4096,
  trailerBytes: 8192,
  requestsPerConnection: 0,
  minBytesPerSecond: 240,
};

/** HTTP/1.1 on raw sockets, on both sides. Several frontends and upstreams may share one; it holds nothing to be closed. */
export class HttpTransport implements Transport<BackendConnection> {
  readonly #options: HttpTransportOptions;
  readonly #engine: Engine;
  readonly #tls = new TlsClient(PROTOCOLS);
  readonly #gates: AccessGates;

  constructor(options: HttpTransportOptions) {
    const { clock, observer, logger, buffers = new ReadBuffers() } = options;
    this.#options = options;
    this.#gates = new AccessGates(clock);
    this.#engine = new Engine(clock, observer, logger, buffers);
  }

  /**
   * Dials.
   *
   * @throws ERR_TCP_CONNECT_FAILED - refused, unreachable or no such name; the system's error is the cause
   * @throws ERR_TLS_HANDSHAKE_FAILED - it speaks no TLS, or its certificate is not good
   * @throws ERR_TLS_INVALID_CERTIFICATE - what `tls` has cannot be used
   * @throws the signal's reason, when it aborts
   */
  async connect(backend: Backend, options: ConnectOptions): Promise<BackendConnection> {
    const { buffers, deadlines } = this.#engine;
    return new BackendConnection(await dialBackend(buffers, backend, options, this.#tls, this.#options), deadlines);
  }

  /**
   * Listens; while the port is busy it keeps trying.
   *
   * @throws ERR_TCP_LISTEN_FAILED - the address cannot be listened on at all
   * @throws ERR_TCP_INVALID_RANGE - `trustedProxies` or `access` has what is neither an address nor a range
   * @throws ERR_TLS_INVALID_CERTIFICATE
   */
  async serve(
    frontend: Frontend,
    handler: Handler<BackendConnection>,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<HttpListener> {
    const { app, address, timeouts = DEFAULT_TIMEOUTS, limits = DEFAULT_LIMITS, forwarded = 'x-forwarded' } = frontend;
    const { redirectToPort } = frontend;
    const trusted = new TrustedProxies(frontend.trustedProxies ?? [], 'path' in address);
    const scheme = frontend.tls === undefined ? 'http' : 'https';
    const tls = frontendAcceptance({ ...frontend, timeouts }, PROTOCOLS);
    const { keepAliveMs } = frontend;
    const keepAlive = keepAliveMs !== undefined && { keepAliveMs };
    const gates = this.#gates.for(frontend.access);
    const proxyProtocol = frontendProxyProtocol({ ...frontend, timeouts });
    return HttpListener.open(
      this.#engine,
      { app, scheme, forwarded, trusted, timeouts, limits, latestSection: {}, handler, redirectToPort },
      { ...this.#options, ...keepAlive, buffers: this.#engine.buffers, address, tls, proxyProtocol, gates, signal },
    );
  }
}

/** The `http` protocol as a plugin, without options. */
export const httpTransport = definePlugin({
  kind: 'transport',
  name: 'http',
  apiVersion: 1,
  options: z.strictObject({}),
  create: (_options, context) => new HttpTransport(context),
});
