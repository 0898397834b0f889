import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { MillpondError, type Address } from '@millpond/contracts';
import { FastSocket } from './fast-socket.ts';
import type { ReadBuffers } from './read-buffers.ts';
import type { SocketHandler } from './socket-handler.ts';
import type { StartTls } from './tls-client.ts';
import { backendHandshakeFailed } from './tls-errors.ts';

/** How {@link dial} connects. */
export interface DialOptions {
  /** Aborting it gives up and leaves nothing behind. */
  readonly signal?: AbortSignal;
  /** Milliseconds until the connection must be there; 0 for no limit. @defaultValue 0 */
  readonly timeoutMs?: number;
  /** Milliseconds of silence after which the kernel asks whether the other side is still there; 0 for never. @defaultValue 60000 */
  readonly keepAliveMs?: number;
  /** Speaks TLS, by {@link TlsClient.for}; the handshake counts towards `timeoutMs`. @defaultValue plain TCP */
  readonly startTls?: StartTls | undefined;
}

/** For a socket that nobody uses yet. */
export const IGNORE: SocketHandler = {
  onData: () => true,
  onEnd: () => undefined,
  onDrain: () => undefined,
  onClose: () => undefined,
};

/**
 * Connects, with Nagle's algorithm off and TCP keep-alive on. The socket is paused, and its handler is {@link IGNORE}: set
 * it, then call `resume()`.
 *
 * @throws ERR_TCP_CONNECT_FAILED - refused, unreachable or no such name; the system's error is the cause
 * @throws ERR_TCP_CONNECT_TIMEOUT - no answer within `timeoutMs`
 * @throws ERR_TLS_HANDSHAKE_FAILED - no TLS there, or its certificate is not good
 * @throws the signal's reason, when it aborts
 */
export function dial(buffers: ReadBuffers, address: Address, options: DialOptions = {}): Promise<FastSocket> {
  const { signal, timeoutMs = 0, keepAliveMs = 60_000, startTls } = options;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    let timer: NodeJS.Timeout | undefined;
    let failure: unknown;

    const fail = (error: unknown): void => {
      failure = error;
      connecting.destroy();
    };
    const onAbort = (): void => fail(signal?.reason);
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    const listener: DialListener = {
      onOpen: (socket) => {
        settle();
        resolve(socket);
      },
      onClose: (error) => {
        settle();
        reject(failure ?? error);
      },
    };
    const target: NetConnectOpts = {
      ...('path' in address ? { path: address.path } : { host: address.host, port: address.port }),
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: keepAliveMs > 0,
      keepAliveInitialDelay: keepAliveMs,
    };
    const connecting =
      startTls === undefined
        ? open(buffers, address, target, listener)
        : openTls(buffers, address, target, listener, startTls);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (timeoutMs > 0) timer = setTimeout(() => fail(connectTimedOut(address, timeoutMs)), timeoutMs).unref();
  });
}

/** Told once what becomes of a socket. */
interface DialListener {
  onOpen(socket: FastSocket): void;
  onClose(error: MillpondError): void;
}

function open(buffers: ReadBuffers, address: Address, target: NetConnectOpts, listener: DialListener): Socket {
  let connecting!: Socket;
  const onClose = (error: Error | undefined): void => listener.onClose(connectFailed(address, error));
  const fast = new FastSocket(buffers, { ...IGNORE, onClose }, (onread) => {
    connecting = connect({ ...target, onread });
    return { socket: connecting, readsByOnread: true };
  });
  connecting.pause();
  connecting.once('connect', () => {
    fast.handler = IGNORE;
    listener.onOpen(fast);
  });
  return connecting;
}

function openTls(
  buffers: ReadBuffers,
  address: Address,
  target: NetConnectOpts,
  listener: DialListener,
  startTls: StartTls,
): Socket {
  const tcp = connect(target);
  let error: Error | undefined;
  const onError = (thrown: Error): void => void (error = thrown);
  const onTcpClose = (): void => listener.onClose(connectFailed(address, error));
  tcp.on('error', onError).once('close', onTcpClose);
  tcp.once('connect', () => {
    // From here on, TLS tells what happens to the socket underneath, too.
    tcp.off('close', onTcpClose);
    const socket = startTls(tcp);
    const onClose = (): void => listener.onClose(backendHandshakeFailed(formatAddress(address), error));
    socket.on('error', onError).once('close', onClose);
    socket.once('secureConnect', () => {
      socket.off('close', onClose).pause();
      listener.onOpen(new FastSocket(buffers, IGNORE, () => ({ socket, readsByOnread: false, tcp })));
    });
  });
  return tcp;
}

/** `host:port` or the path of a UNIX socket, for people. */
export function formatAddress(address: Address): string {
  if ('path' in address) return `unix:${address.path}`;
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

function connectFailed(address: Address, cause: Error | undefined): MillpondError {
  return new MillpondError(
    'ERR_TCP_CONNECT_FAILED',
    `Cannot connect to ${formatAddress(address)}: ${reason(cause)}. Check that the backend runs and listens there.`,
    { cause },
  );
}

function reason(cause: Error | undefined): string {
  if (cause === undefined) return 'closed before it was open';
  // A name with several addresses fails with one error for each, and no message of its own.
  return cause instanceof AggregateError ? cause.errors.map(String).join('; ') : cause.message;
}

function connectTimedOut(address: Address, timeoutMs: number): MillpondError {
  return new MillpondError(
    'ERR_TCP_CONNECT_TIMEOUT',
    `No connection to ${formatAddress(address)} within ${timeoutMs} ms. Check the network in between, or allow more time.`,
  );
}
