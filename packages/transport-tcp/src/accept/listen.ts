import { createServer, type Server } from 'node:net';
import {
  MillpondError,
  type Address,
  type ClientRoom,
  type Clock,
  type FrontendTls,
  type Observer,
  type Random,
} from '@millpond/contracts';
import type { AccessGate } from '../access/access-gate.ts';
import { AcceptBurst } from './accept-burst.ts';
import { AcceptedClient } from './accepted-client.ts';
import { ClientAcceptor } from './client-acceptor.ts';
import { ClientDoor } from './client-door.ts';
import { formatAddress } from '../format-address.ts';
import type { FastSocket } from '../socket/fast-socket.ts';
import { acceptHandles } from '../socket/node-handles.ts';
import type { ProxyHeaderAcceptance } from '../proxy-protocol/header-reader.ts';
import type { ReadBuffers } from '../socket/read-buffers.ts';
import { freeSocketFile, type SocketFileState } from './socket-file.ts';
import type { TlsAcceptance } from '../tls/tls-acceptance.ts';

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
  /** Whether to do without Node's streams, where Node can; they cost more. @defaultValue true */
  readonly bareHandles?: boolean;
  /** Milliseconds of silence after which the kernel asks whether the client is still there; 0 for never. @defaultValue 60000 */
  readonly keepAliveMs?: number;
  /** Speaks TLS: `onConnection` follows the handshake. @defaultValue plain TCP */
  readonly tls?: TlsAcceptance | undefined;
  /** Every client begins with a header of the PROXY protocol, before TLS. @defaultValue none does */
  readonly proxyProtocol?: ProxyHeaderAcceptance | undefined;
  /** Every client must get through all of these, by the address that counts for its own. @defaultValue none */
  readonly gates?: readonly AccessGate[];
  /** Where clients are counted; who finds no room there waits, and is told to `observer.clientWaits`. @defaultValue nobody counts them */
  readonly room?: ClientRoom;
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
 * TLS handshakes that fail are told to `observer.handshakeFailed`, clients that are not let in to
 * `observer.connectionRefused`.
 *
 * @throws ERR_TCP_LISTEN_FAILED - the address cannot be listened on at all; the system's error is the cause
 * @throws ERR_TLS_INVALID_CERTIFICATE
 * @throws the signal's reason, when it aborts before the port is open
 */
export async function listen(options: ListenOptions): Promise<OpenPort> {
  const { address, signal, observer } = options;
  const clients = new ClientAcceptor(options);
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted();
    try {
      return await open(options, clients);
    } catch (error) {
      const obstacle = codeOf(error) === 'EADDRINUSE' ? await obstacleAt(address) : undefined;
      if (obstacle === 'free') continue;
      if (obstacle !== 'in-use') throw listenFailed(address, error);
      const delayMs = retryDelay(attempt, options.random);
      observer.listenRetried?.(formatAddress(address), error, delayMs);
      await wait(delayMs, options);
    }
  }
}

function open(options: ListenOptions, clients: ClientAcceptor): Promise<OpenPort> {
  const { address, observer, keepAliveMs = 60_000, bareHandles = true } = options;
  return new Promise((resolve, reject) => {
    const server = createServer({
      pauseOnConnect: true,
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: keepAliveMs > 0,
      keepAliveInitialDelay: keepAliveMs,
    });
    const burst = new AcceptBurst<AcceptedClient>(performance, (client) => clients.accept(client));
    const door = new ClientDoor(options, (client) => burst.add(client));
    server.on('connection', (socket) => door.add(new AcceptedClient(socket)));
    server.once('error', reject);
    server.listen({ ...address, backlog: BACKLOG }, () => {
      server.off('error', reject);
      if (bareHandles) acceptHandles(server, (handle) => door.add(new AcceptedClient(handle)), keepAliveMs);
      const port = new ServerPort(server, door, burst, clients, address);
      const name = formatAddress(port.address);
      clients.portName = door.portName = name;
      server.on('error', (error) => observer.acceptFailed?.(name, error));
      resolve(port);
    });
  });
}

class ServerPort implements OpenPort {
  readonly address: Address;
  readonly #server: Server;
  readonly #door: ClientDoor;
  readonly #burst: AcceptBurst<AcceptedClient>;
  readonly #clients: ClientAcceptor;

  constructor(
    server: Server,
    door: ClientDoor,
    burst: AcceptBurst<AcceptedClient>,
    clients: ClientAcceptor,
    asked: Address,
  ) {
    const actual = server.address();
    this.#server = server;
    this.#door = door;
    this.#burst = burst;
    this.#clients = clients;
    this.address = actual === null || typeof actual === 'string' ? asked : { host: actual.address, port: actual.port };
  }

  setTls(tls: FrontendTls): void {
    this.#clients.setTls(tls);
  }

  async close(): Promise<void> {
    // Closing the handle frees the port there and then. The server's own 'close' waits for every connection to end.
    this.#server.close();
    this.#door.close();
    this.#burst.flush();
    this.#clients.close();
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
