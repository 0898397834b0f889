import { connect, isIP, type NetConnectOpts } from 'node:net';
import type { Address, Backend, ConnectOptions, MillpondError } from '@millpond/contracts';
import { formatAddress } from '../format-address.ts';
import { connectFailed, connectTimedOut } from './dial-errors.ts';
import { FastSocket } from './fast-socket.ts';
import { HandleWire } from './handle-wire.ts';
import { connectHandle, detachHandle, nodeHandles, systemError, tune, type TcpHandle } from './node-handles.ts';
import type { ReadBuffers } from './read-buffers.ts';
import { StreamWire } from './stream-wire.ts';
import type { StartTls, TlsClient } from '../tls/tls-client.ts';
import { backendHandshakeFailed } from '../tls/tls-errors.ts';
import type { Wire } from './wire.ts';

/** How {@link dial} connects. */
export interface DialOptions {
  /** Aborting it gives up and leaves nothing behind. */
  readonly signal?: AbortSignal | undefined;
  /** Gives up when it rejects, as when `signal` aborts. */
  readonly calledOff?: Promise<never> | undefined;
  /** Milliseconds until the connection must be there; 0 for no limit. @defaultValue 0 */
  readonly timeoutMs?: number;
  /** Milliseconds of silence after which the kernel asks whether the other side is still there; 0 for never. @defaultValue 60000 */
  readonly keepAliveMs?: number | undefined;
  /** Speaks TLS, by {@link TlsClient.for}; the handshake counts towards `timeoutMs`. @defaultValue plain TCP */
  readonly startTls?: StartTls | undefined;
  /** Whether to do without Node's streams, where Node can; they cost more. @defaultValue true */
  readonly bareHandles?: boolean | undefined;
}

/**
 * Connects, with Nagle's algorithm off and TCP keep-alive on. The socket is paused, and its handler is `IGNORE`: set it,
 * then call `resume()`.
 *
 * @throws ERR_TCP_CONNECT_FAILED - refused, unreachable or no such name; the system's error is the cause
 * @throws ERR_TCP_CONNECT_TIMEOUT - no answer within `timeoutMs`
 * @throws ERR_TLS_HANDSHAKE_FAILED - no TLS there, or its certificate is not good
 * @throws the reason of `signal` or `calledOff`
 */
export function dial(buffers: ReadBuffers, address: Address, options: DialOptions = {}): Promise<FastSocket> {
  return new Promise((resolve, reject) => {
    options.signal?.throwIfAborted();
    new Dial(buffers, address, options, resolve, reject).begin(options);
  });
}

/** Connects to a backend as a transport is asked to, which see for `options`; `defaults` are the transport's own. */
export function dialBackend(
  buffers: ReadBuffers,
  backend: Backend,
  options: ConnectOptions,
  tls: TlsClient,
  defaults: Pick<DialOptions, 'keepAliveMs' | 'bareHandles'>,
): Promise<FastSocket> {
  const { calledOff } = options;
  return dial(buffers, backend.address, {
    // Not read where it is not needed: it would be made then.
    signal: calledOff === undefined ? options.signal : undefined,
    calledOff,
    keepAliveMs: options.keepAliveMs ?? defaults.keepAliveMs,
    bareHandles: defaults.bareHandles,
    startTls: tls.for(backend, options.tls),
  });
}

/** What is being connected: may be given up. */
interface Connecting {
  destroy(): unknown;
}

/** A dial under way. Holds fields and few closures: in a proxy for TCP there is one for each client. */
class Dial {
  readonly buffers: ReadBuffers;
  readonly address: Address;
  readonly keepAliveMs: number;
  readonly bareHandles: boolean;
  readonly #signal: AbortSignal | undefined;
  readonly #resolve: (socket: FastSocket) => void;
  readonly #reject: (error: unknown) => void;
  #connecting: Connecting | undefined;
  #timer: NodeJS.Timeout | undefined;
  #onAbort: (() => void) | undefined;
  #failure: unknown;

  constructor(
    buffers: ReadBuffers,
    address: Address,
    { keepAliveMs = 60_000, bareHandles = true, signal }: DialOptions,
    resolve: (socket: FastSocket) => void,
    reject: (error: unknown) => void,
  ) {
    this.buffers = buffers;
    this.address = address;
    this.keepAliveMs = keepAliveMs;
    this.bareHandles = bareHandles;
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  begin({ calledOff, timeoutMs = 0, startTls }: DialOptions): void {
    const signal = this.#signal;
    this.#connecting = startTls === undefined ? open(this) : openTls(this, startTls);
    calledOff?.catch((why: unknown) => this.#giveUp(why));
    if (signal !== undefined) {
      this.#onAbort = () => this.#giveUp(signal.reason);
      signal.addEventListener('abort', this.#onAbort, { once: true });
    }
    if (timeoutMs > 0) {
      const onTimeout = (): void => this.#giveUp(connectTimedOut(this.address, timeoutMs));
      this.#timer = setTimeout(onTimeout, timeoutMs).unref();
    }
  }

  onOpen(wire: Wire): void {
    this.#settle();
    this.#resolve(new FastSocket(wire, this.buffers));
  }

  onClose(error: MillpondError): void {
    this.#settle();
    this.#reject(this.#failure ?? error);
  }

  #giveUp(why: unknown): void {
    this.#failure = why;
    this.#connecting?.destroy();
  }

  #settle(): void {
    this.#connecting = undefined;
    clearTimeout(this.#timer);
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener('abort', this.#onAbort);
  }
}

function open(dialling: Dial): Connecting {
  const { address, bareHandles } = dialling;
  const isDirect = bareHandles && nodeHandles !== undefined && 'host' in address && isIP(address.host) > 0;
  // What is no port would be cut to 16 bits; Node refuses it.
  if (!isDirect || (address.port & 0xffff) !== address.port) return openByName(dialling);
  return new HandleConnecting(dialling, address.host, address.port);
}

/** To an IP address: no name has to be looked up, so a bare handle does. */
class HandleConnecting implements Connecting {
  readonly #dialling: Dial;
  readonly #handle: TcpHandle;
  #isOver = false;
  #error: Error | undefined;

  constructor(dialling: Dial, host: string, port: number) {
    const { handle, status } = connectHandle(host, port, (ended) => this.#onConnected(ended));
    this.#dialling = dialling;
    this.#handle = handle;
    if (status !== 0) this.#fail(status);
  }

  destroy(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { address } = this.#dialling;
    this.#handle.close(() => this.#dialling.onClose(connectFailed(address, this.#error)));
  }

  #onConnected(status: number): void {
    if (this.#isOver) return;
    if (status !== 0) {
      this.#fail(status);
      return;
    }
    this.#isOver = true;
    tune(this.#handle, this.#dialling.keepAliveMs);
    this.#dialling.onOpen(new HandleWire(this.#handle, this.#dialling.buffers));
  }

  #fail(status: number): void {
    this.#error = systemError(status, 'connect', formatAddress(this.#dialling.address));
    this.destroy();
  }
}

/** To a name, which Node looks up and of whose addresses it tries several; or where there are no bare handles. */
function openByName(dialling: Dial): Connecting {
  const { address, buffers, bareHandles } = dialling;
  const socket = connect(target(dialling)).pause();
  let error: Error | undefined;
  const onError = (thrown: Error): void => void (error = thrown);
  const onClose = (): void => dialling.onClose(connectFailed(address, error));
  socket.once('error', onError).once('close', onClose);
  socket.once('connect', () => {
    socket.off('error', onError).off('close', onClose);
    const handle = bareHandles ? detachHandle(socket) : undefined;
    dialling.onOpen(handle === undefined ? new StreamWire(socket) : new HandleWire(handle, buffers));
  });
  return socket;
}

function openTls(dialling: Dial, startTls: StartTls): Connecting {
  const { address } = dialling;
  const tcp = connect(target(dialling));
  let error: Error | undefined;
  const onError = (thrown: Error): void => void (error = thrown);
  const onTcpClose = (): void => dialling.onClose(connectFailed(address, error));
  tcp.on('error', onError).once('close', onTcpClose);
  tcp.once('connect', () => {
    // From here on, TLS tells what happens to the socket underneath, too.
    tcp.off('close', onTcpClose);
    const socket = startTls(tcp);
    const onClose = (): void => dialling.onClose(backendHandshakeFailed(formatAddress(address), error));
    socket.on('error', onError).once('close', onClose);
    socket.once('secureConnect', () => {
      socket.off('close', onClose).pause();
      dialling.onOpen(new StreamWire(socket, tcp));
    });
  });
  return tcp;
}

function target({ address, keepAliveMs }: Dial): NetConnectOpts {
  return {
    ...('path' in address ? { path: address.path } : { host: address.host, port: address.port }),
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: keepAliveMs > 0,
    keepAliveInitialDelay: keepAliveMs,
  };
}
