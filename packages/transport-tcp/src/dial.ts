import { connect, isIP, type NetConnectOpts } from 'node:net';
import { MillpondError, type Address } from '@millpond/contracts';
import { FastSocket } from './fast-socket.ts';
import { HandleWire } from './handle-wire.ts';
import { detachHandle, nodeHandles, systemError, tune, type NodeHandles } from './node-handles.ts';
import type { ReadBuffers } from './read-buffers.ts';
import { StreamWire } from './stream-wire.ts';
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
  /** Whether to do without Node's streams, where Node can; they cost more. @defaultValue true */
  readonly bareHandles?: boolean;
}

/**
 * Connects, with Nagle's algorithm off and TCP keep-alive on. The socket is paused, and its handler is `IGNORE`: set it,
 * then call `resume()`.
 *
 * @throws ERR_TCP_CONNECT_FAILED - refused, unreachable or no such name; the system's error is the cause
 * @throws ERR_TCP_CONNECT_TIMEOUT - no answer within `timeoutMs`
 * @throws ERR_TLS_HANDSHAKE_FAILED - no TLS there, or its certificate is not good
 * @throws the signal's reason, when it aborts
 */
export function dial(buffers: ReadBuffers, address: Address, options: DialOptions = {}): Promise<FastSocket> {
  const { signal, timeoutMs = 0, keepAliveMs = 60_000, startTls, bareHandles = true } = options;
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
    const attempt: Attempt = { address, buffers, keepAliveMs, bareHandles, listener };
    const connecting = begin(attempt, startTls);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (timeoutMs > 0) timer = setTimeout(() => fail(connectTimedOut(address, timeoutMs)), timeoutMs).unref();
  });
}

/** A dial under way. */
interface Attempt {
  readonly address: Address;
  readonly buffers: ReadBuffers;
  readonly keepAliveMs: number;
  readonly bareHandles: boolean;
  readonly listener: DialListener;
}

/** Told once what becomes of a dial. */
interface DialListener {
  onOpen(socket: FastSocket): void;
  onClose(error: MillpondError): void;
}

/** What is dialled, until it is open: may be given up. */
interface Connecting {
  destroy(): unknown;
}

function begin(attempt: Attempt, startTls: StartTls | undefined): Connecting {
  const { address, bareHandles } = attempt;
  if (startTls !== undefined) return openTls(attempt, startTls);
  const isDirect = 'host' in address && isIP(address.host) > 0;
  return isDirect && bareHandles && nodeHandles ? openHandle(nodeHandles, address, attempt) : openPlain(attempt);
}

/** To an IP address: no name has to be looked up, so a bare handle does. */
function openHandle(
  node: NodeHandles,
  { host, port }: { readonly host: string; readonly port: number },
  { address, buffers, keepAliveMs, listener }: Attempt,
): Connecting {
  const handle = node.createTcp();
  let error: Error | undefined;
  let isOver = false;
  const destroy = (): void => {
    if (isOver) return;
    isOver = true;
    handle.close(() => listener.onClose(connectFailed(address, error)));
  };
  const fail = (status: number): void => {
    error = systemError(status, 'connect', `${host}:${port}`);
    destroy();
  };
  const request = node.createConnect();
  request.oncomplete = (status) => {
    if (isOver) return;
    if (status !== 0) {
      fail(status);
      return;
    }
    isOver = true;
    tune(handle, keepAliveMs);
    listener.onOpen(new FastSocket(new HandleWire(handle, buffers), buffers.writes));
  };
  const status = isIP(host) === 6 ? handle.connect6(request, host, port) : handle.connect(request, host, port);
  if (status !== 0) fail(status);
  return { destroy };
}

/** To a name, which Node looks up and of whose addresses it tries several; or where there are no bare handles. */
function openPlain(attempt: Attempt): Connecting {
  const { address, buffers, bareHandles, listener } = attempt;
  const socket = connect(target(attempt)).pause();
  let error: Error | undefined;
  const onError = (thrown: Error): void => void (error = thrown);
  const onClose = (): void => listener.onClose(connectFailed(address, error));
  socket.once('error', onError).once('close', onClose);
  socket.once('connect', () => {
    socket.off('error', onError).off('close', onClose);
    const handle = bareHandles ? detachHandle(socket) : undefined;
    const wire = handle === undefined ? new StreamWire(socket) : new HandleWire(handle, buffers);
    listener.onOpen(new FastSocket(wire, buffers.writes));
  });
  return socket;
}

function openTls(attempt: Attempt, startTls: StartTls): Connecting {
  const { address, buffers, listener } = attempt;
  const tcp = connect(target(attempt));
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
      listener.onOpen(new FastSocket(new StreamWire(socket, tcp), buffers.writes));
    });
  });
  return tcp;
}

function target({ address, keepAliveMs }: Attempt): NetConnectOpts {
  return {
    ...('path' in address ? { path: address.path } : { host: address.host, port: address.port }),
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: keepAliveMs > 0,
    keepAliveInitialDelay: keepAliveMs,
  };
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
