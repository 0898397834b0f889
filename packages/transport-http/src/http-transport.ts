import {
  definePlugin,
  type Backend,
  type Clock,
  type ExchangeTimeouts,
  type Frontend,
  type Handler,
  type Logger,
  type MessageLimits,
  type Observer,
  type Random,
  type Transport,
} from '@millpond/contracts';
import { dial, ReadBuffers, TrustedProxies } from '@millpond/transport-tcp';
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
  /** Whether to read clients by `onread`, where Node can; else by 'data' events, which cost more. @defaultValue true */
  readonly onread?: boolean;
}

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
  requestsPerConnection: 0,
};

/** HTTP/1.1 on raw sockets, on both sides. Several frontends and upstreams may share one; it holds nothing to be closed. */
export class HttpTransport implements Transport<BackendConnection> {
  readonly #options: HttpTransportOptions;
  readonly #engine: Engine;

  constructor(options: HttpTransportOptions) {
    const { clock, observer, logger, buffers = new ReadBuffers() } = options;
    this.#options = options;
    this.#engine = new Engine(clock, observer, logger, buffers);
  }

  /**
   * Dials.
   *
   * @throws ERR_TCP_CONNECT_FAILED - refused, unreachable or no such name; the system's error is the cause
   * @throws the signal's reason, when it aborts
   */
  async connect(backend: Backend, { signal }: { readonly signal: AbortSignal }): Promise<BackendConnection> {
    return new BackendConnection(await dial(this.#engine.buffers, backend.address, { signal }));
  }

  /**
   * Listens; while the port is busy it keeps trying.
   *
   * @throws ERR_TCP_LISTEN_FAILED - the address cannot be listened on at all
   * @throws ERR_TCP_INVALID_RANGE - `trustedProxies` has what is neither an address nor a range
   */
  async serve(
    frontend: Frontend,
    handler: Handler<BackendConnection>,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<HttpListener> {
    const { app, address, timeouts = DEFAULT_TIMEOUTS, limits = DEFAULT_LIMITS, forwarded = 'x-forwarded' } = frontend;
    const trusted = new TrustedProxies(frontend.trustedProxies ?? [], 'path' in address);
    return HttpListener.open(
      this.#engine,
      { app, scheme: 'http', forwarded, trusted, timeouts, limits, handler },
      { ...this.#options, buffers: this.#engine.buffers, address, signal },
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
