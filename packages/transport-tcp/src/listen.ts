import { createServer, type OnReadOpts, type Server, type Socket } from 'node:net';
import {
  MillpondError,
  type Address,
  type Clock,
  type FrontendTls,
  type Observer,
  type Random,
} from '@millpond/contracts';
import { AcceptBurst } from './accept-burst.ts';
import { formatAddress, IGNORE } from './dial.ts';
import { FastSocket, type OpenedSocket } from './fast-socket.ts';
import type { ReadBuffers } from './read-buffers.ts';
import { freeSocketFile, type SocketFileState } from './socket-file.ts';
import { takeOver } from './take-over.ts';
import { TlsAcceptor, type TlsAcceptance, type TlsAcceptorListener } from './tls-acceptor.ts';

/** First delay, and longest, between two attempts to get a busy port. */
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5000;

/** Connections that the kernel holds until they are accepted; it caps this at its own limit (Linux: 4096). */
const BACKLOG = 4096;

/** What {@link listen} needs. */
export interface ListenOptions {
  readonly buffers: ReadBuffers;
  /** Port 0: any that is free. */
  readonly address: Address;
  /** Aborting it gives up waiting for a busy port; it does not close an open one. */
  readonly signal: AbortSignal;
  readonly observer: Observer;
  readonly clock: Clock;
  readonly random: Random;
  /** A client has connected. Its socket is paused, and its handler is {@link IGNORE}: set it, then call `resume()`. */
  readonly onConnection: (socket: FastSocket) => void;
  /** Whether to read by `onread`, where Node can; else by 'data' events, which cost more. @defaultValue true */
  readonly onread?: boolean;
  /** Milliseconds of silence after which the kernel asks whether the client is still there; 0 for never. @defaultValue 60000 */
  readonly keepAliveMs?: number;
  /** Speaks TLS: `onConnection` follows the handshake. @defaultValue plain TCP */
  readonly tls?: TlsAcceptance | undefined;
}

/** A port that is listened on. */
export interface OpenPort {
  /** With the real port, where 0 was asked for. */
  readonly address: Address;
  /** Exchanges the certificates for clients that connect from now on. @throws ERR_TLS_INVALID_CERTIFICATE */
  setTls(tls: FrontendTls): void;
  /** Stops accepting; resolves when the port is free. Connections that are open go on, but for TLS handshakes. */
  close(): Promise<void>;
}

/**
 * Listens, with Nagle's algorithm off and TCP keep-alive on for what connects.
 *
 * While the port is in use it tries again, after 100 ms at first, then twice as long each time up to 5 s, and tells
 * `observer.listenRetried`; waiting keeps the process alive. The file of a UNIX socket that nobody listens on is removed.
 * TLS handshakes that fail are told to `observer.handshakeFailed`.
 *
 * @throws ERR_TCP_LISTEN_FAILED - the address cannot be listened on at all; the system's error is the cause
 * @throws ERR_TLS_INVALID_CERTIFICATE
 * @throws the signal's reason, when it aborts before the port is open
 */
export async function listen(options: ListenOptions): Promise<OpenPort> {
  const { address, signal, observer } = options;
  const tls = options.tls && new TlsAcceptor(options.tls, options.clock);
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted();
    try {
      // oxlint-disable-next-line no-await-in-loop
      return await open(options, tls);
    } catch (error) {
      // oxlint-disable-next-line no-await-in-loop
      const obstacle = codeOf(error) === 'EADDRINUSE' ? await obstacleAt(address) : undefined;
      if (obstacle === 'free') continue;
      if (obstacle !== 'in-use') throw listenFailed(address, error);
      const delayMs = retryDelay(attempt, options.random);
      observer.listenRetried?.(formatAddress(address), error, delayMs);
      // oxlint-disable-next-line no-await-in-loop
      await wait(delayMs, options);
    }
  }
}

function open(options: ListenOptions, tls: TlsAcceptor | undefined): Promise<OpenPort> {
  const { address, clock, observer, keepAliveMs = 60_000 } = options;
  return new Promise((resolve, reject) => {
    const server = createServer({
      pauseOnConnect: true,
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: keepAliveMs > 0,
      keepAliveInitialDelay: keepAliveMs,
    });
    const burst = new AcceptBurst<Socket>(
      clock,
      clientAcceptor(options, tls, () => formatAddress(port.address)),
    );
    let port!: OpenPort;
    server.on('connection', (accepted) => burst.add(accepted));
    server.once('error', reject);
    server.listen({ ...address, backlog: BACKLOG }, () => {
      server.off('error', reject);
      port = new ServerPort(server, burst, tls, address);
      const name = formatAddress(port.address);
      server.on('error', (error) => observer.acceptFailed?.(name, error));
      resolve(port);
    });
  });
}

/** What is done with each client that has connected. */
function clientAcceptor(
  { buffers, observer, onConnection, onread: wantsOnread = true }: ListenOptions,
  tls: TlsAcceptor | undefined,
  portName: () => string,
): (accepted: Socket) => void {
  const handOver = (openSocket: (onread: OnReadOpts) => OpenedSocket): void =>
    onConnection(new FastSocket(buffers, IGNORE, openSocket));
  if (tls === undefined) {
    return (accepted) => handOver((onread) => adopt(accepted, wantsOnread ? onread : undefined));
  }
  const listener: TlsAcceptorListener = {
    onSecured: (socket, tcp) =>
      handOver(() => ({ socket, tcp, readsByOnread: false, remoteAddress: tcp.remoteAddress })),
    onFailed: (error) => observer.handshakeFailed?.(portName(), error),
  };
  return (accepted) => tls.accept(accepted, listener);
}

function adopt(accepted: Socket, onread: OnReadOpts | undefined): OpenedSocket {
  // Asked before the handle moves, so that the new socket remembers nothing and can be asked whether it still has a peer.
  const { remoteAddress } = accepted;
  const socket = onread && takeOver(accepted, onread);
  return { socket: socket ?? accepted, readsByOnread: socket !== undefined, remoteAddress };
}

class ServerPort implements OpenPort {
  readonly address: Address;
  readonly #server: Server;
  readonly #burst: AcceptBurst<Socket>;
  readonly #tls: TlsAcceptor | undefined;

  constructor(server: Server, burst: AcceptBurst<Socket>, tls: TlsAcceptor | undefined, asked: Address) {
    const actual = server.address();
    this.#server = server;
    this.#burst = burst;
    this.#tls = tls;
    this.address = actual === null || typeof actual === 'string' ? asked : { host: actual.address, port: actual.port };
  }

  setTls(tls: FrontendTls): void {
    if (this.#tls === undefined) throw new TypeError(`${formatAddress(this.address)} speaks no TLS`);
    this.#tls.set(tls);
  }

  async close(): Promise<void> {
    // Closing the handle frees the port there and then. The server's own 'close' waits for every connection to end.
    this.#server.close();
    this.#burst.flush();
    this.#tls?.close();
  }
}

function retryDelay(attempt: number, random: Random): number {
  const longest = Math.min(FIRST_DELAY_MS * 2 ** attempt, MAX_DELAY_MS);
  return longest * (0.5 + random() / 2);
}

/** Waits by the clock, and keeps the process alive meanwhile, which the clock's timers do not. */
function wait(delayMs: number, { clock, signal }: ListenOptions): Promise<void> {
  const alive = setInterval(() => undefined, MAX_DELAY_MS);
  return new Promise<void>((resolve, reject) => {
    const timer = clock.setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, delayMs);
    const onAbort = (): void => {
      clock.clear(timer);
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  }).finally(() => clearInterval(alive));
}

async function obstacleAt(address: Address): Promise<SocketFileState> {
  return 'path' in address ? freeSocketFile(address.path) : 'in-use';
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function listenFailed(address: Address, cause: unknown): MillpondError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new MillpondError(
    'ERR_TCP_LISTEN_FAILED',
    `Cannot listen on ${formatAddress(address)}: ${message}. ${advice(codeOf(cause))}`,
    { cause },
  );
}

function advice(code: unknown): string {
  switch (code) {
    case 'EACCES':
      return 'Ports below 1024 need privileges, and the path of a UNIX socket a folder to write in.';
    case 'EADDRNOTAVAIL':
      return 'Name an address of this machine, or 0.0.0.0 for all of them.';
    case 'EADDRINUSE':
      return 'A file that is no socket is in the way; remove it, or name another path.';
    case 'ENOTFOUND':
      return 'Check the name, or give an IP address.';
    default:
      return 'Check the address.';
  }
}
