import {
  definePlugin,
  type Backend,
  type ClientRoom,
  type Clock,
  type ConnectOptions,
  type Frontend,
  type Handler,
  type Listener,
  type Logger,
  type Observer,
  type Random,
  type Transport,
} from '@millpond/contracts';
import { z } from 'zod';
import { AccessGates } from './access/access-gates.ts';
import { Deadlines } from './deadlines.ts';
import { dialBackend } from './socket/dial.ts';
import { frontendProxyProtocol } from './proxy-protocol/header-reader.ts';
import { ReadBuffers } from './socket/read-buffers.ts';
import { TcpConnection } from './tcp-connection.ts';
import { TcpListener } from './tcp-listener.ts';
import { tcpRequestEnd } from './tcp-request-end.ts';
import { TlsClient } from './tls/tls-client.ts';
import { frontendAcceptance } from './tls/tls-acceptance.ts';

/** What a {@link TcpTransport} works with. */
export interface TcpTransportOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly observer: Observer;
  /** Told of strategies and pools that throw at the end of a relay. @defaultValue nobody is told */
  readonly logger?: Pick<Logger, 'error'>;
  /** Milliseconds of silence after which the kernel asks whether the other side is still there; 0 for never. @defaultValue 60000 */
  readonly keepAliveMs?: number;
  /** Whether to do without Node's streams, where Node can; they cost more. @defaultValue true */
  readonly bareHandles?: boolean;
  /** Where clients are counted; who finds no room there waits. @defaultValue nobody counts them */
  readonly room?: ClientRoom;
}

/** TCP, plain or within TLS: every client of a frontend is relayed to a backend over a connection of its own. */
export class TcpTransport implements Transport<TcpConnection> {
  readonly #options: TcpTransportOptions;
  readonly #buffers = new ReadBuffers();
  readonly #deadlines: Deadlines;
  readonly #tls = new TlsClient();
  readonly #gates: AccessGates;

  constructor(options: TcpTransportOptions) {
    this.#options = options;
    this.#deadlines = new Deadlines(options.clock);
    this.#gates = new AccessGates(options.clock);
  }

  /**
   * Dials.
   *
   * @throws ERR_TCP_CONNECT_FAILED - refused, unreachable or no such name; the system's error is the cause
   * @throws ERR_TLS_HANDSHAKE_FAILED - it speaks no TLS, or its certificate is not good
   * @throws ERR_TLS_INVALID_CERTIFICATE - what `tls` has cannot be used
   * @throws the signal's reason, when it aborts
   */
  async connect(backend: Backend, options: ConnectOptions): Promise<TcpConnection> {
    return new TcpConnection(await dialBackend(this.#buffers, backend, options, this.#tls, this.#options), options);
  }

  /**
   * Listens; see {@link listen} for how it waits for a busy port.
   *
   * @throws ERR_TCP_LISTEN_FAILED - the address cannot be listened on at all
   * @throws ERR_TCP_INVALID_RANGE - `trustedProxies` or `access` has what is neither an address nor a range
   * @throws ERR_TLS_INVALID_CERTIFICATE
   */
  async serve(
    frontend: Frontend,
    handler: Handler<TcpConnection>,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<Listener> {
    const { clock, observer, logger } = this.#options;
    const buffers = this.#buffers;
    const tls = frontendAcceptance(frontend);
    const proxyProtocol = frontendProxyProtocol(frontend);
    const { keepAliveMs } = frontend;
    const keepAlive = keepAliveMs !== undefined && { keepAliveMs };
    const gates = this.#gates.for(frontend.access);
    return TcpListener.open(
      { ...this.#options, ...keepAlive, buffers, address: frontend.address, tls, proxyProtocol, gates, signal },
      {
        handler,
        buffers,
        deadlines: this.#deadlines,
        clock,
        observer,
        noteFault: (error) => logger?.error({ err: error }, 'a part that must not throw did'),
        end: tcpRequestEnd(frontend.app),
        readsClientHello: frontend.readsClientHello === true && frontend.tls === undefined,
        headerMs: frontend.timeouts?.headerMs ?? 10_000,
      },
    );
  }
}

/** The `tcp` protocol as a plugin, without options. */
export const tcpTransport = definePlugin({
  kind: 'transport',
  name: 'tcp',
  apiVersion: 1,
  options: z.strictObject({}),
  create: (_options, context) => new TcpTransport(context),
});
