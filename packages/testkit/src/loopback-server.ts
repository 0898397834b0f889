import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import type { Address, Backend } from '@millpond/contracts';

/** What every little backend is started with. */
export interface LoopbackServerOptions {
  /** How it calls itself. @defaultValue the kind of server */
  readonly name?: string;
  /** @defaultValue '127.0.0.1' */
  readonly host?: string;
  /** 0: any that is free. @defaultValue 0 */
  readonly port?: number;
}

/** What a {@link LoopbackServer} speaks. */
export type LoopbackScheme = 'http' | 'https' | 'tcp' | 'tls';

const PREFIX: Readonly<Record<LoopbackScheme, string>> = {
  http: 'http://',
  https: 'https://',
  tcp: '',
  tls: 'tls://',
};

/**
 * A real server on loopback that a test can kill and bring back on the same port. It counts what arrives.
 *
 * Whoever started it ends it: by {@link LoopbackServer.stop}, {@link LoopbackServer.kill} or `await using`.
 */
export class LoopbackServer implements AsyncDisposable {
  readonly name: string;
  readonly #server: Server;
  readonly #scheme: LoopbackScheme;
  readonly #host: string;
  readonly #sockets = new Set<Socket>();
  #port = 0;
  #connections = 0;
  #requests = 0;

  private constructor(server: Server, scheme: LoopbackScheme, name: string, host: string) {
    this.name = name;
    this.#server = server;
    this.#scheme = scheme;
    this.#host = host;
    server.on('connection', (socket) => this.#adopt(socket));
    server.on('secureConnection', (socket: Socket) => socket.on('error', () => {}));
    server.on(scheme.startsWith('http') ? 'request' : 'connection', () => (this.#requests += 1));
  }

  /** Makes `server` listen. It belongs to the result from then on. */
  static async start(
    server: Server,
    options: LoopbackServerOptions & { readonly scheme: LoopbackScheme; readonly name: string },
  ): Promise<LoopbackServer> {
    const started = new LoopbackServer(server, options.scheme, options.name, options.host ?? '127.0.0.1');
    await started.#listen(options.port ?? 0);
    return started;
  }

  /** Stays the same over {@link LoopbackServer.restart}. */
  get port(): number {
    return this.#port;
  }

  get address(): Address {
    return { host: this.#host, port: this.#port };
  }

  /** `http://127.0.0.1:40001`, `tls://127.0.0.1:40001`; without the scheme for TCP. */
  get url(): string {
    const host = this.#host.includes(':') ? `[${this.#host}]` : this.#host;
    return `${PREFIX[this.#scheme]}${host}:${this.#port}`;
  }

  /** It as a backend of weight 1 and priority 0 whose id is its URL. */
  get backend(): Backend {
    const tls = this.#scheme === 'https' || this.#scheme === 'tls';
    return { id: this.url, address: this.address, url: this.url, weight: 1, priority: 0, ...(tls && { tls }) };
  }

  /** HTTP requests that have arrived; for TCP, connections. */
  get requests(): number {
    return this.#requests;
  }

  /** Connections that have been accepted. */
  get connections(): number {
    return this.#connections;
  }

  /** Connections that are open now. */
  get openConnections(): number {
    return this.#sockets.size;
  }

  /** Whether the port is open. */
  get listening(): boolean {
    return this.#server.listening;
  }

  /** Resets every connection; the port stays open. */
  resetConnections(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Closes every connection after what has been written to it; the port stays open. */
  endConnections(): void {
    for (const socket of this.#sockets) socket.destroySoon();
  }

  /** As a process that is killed: the port closes and every connection is reset. */
  async kill(): Promise<void> {
    await this.#close(() => this.resetConnections());
  }

  /** As a process that exits in order: the port closes and every connection ends after what has been written to it. */
  async stop(): Promise<void> {
    await this.#close(() => this.endConnections());
  }

  /** Opens the same port again; what is still running is killed first. */
  async restart(): Promise<void> {
    await this.kill();
    await this.#listen(this.#port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async #listen(port: number): Promise<void> {
    this.#server.listen({ host: this.#host, port });
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address !== null && typeof address === 'object') this.#port = address.port;
  }

  async #close(closeConnections: () => void): Promise<void> {
    // The connections first: closing an HTTP server ends those that are idle, and they could not be reset any more.
    closeConnections();
    if (!this.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #adopt(socket: Socket): void {
    this.#connections += 1;
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    // A reset by the other side is everyday business here; 'close' follows it.
    socket.on('error', () => {});
  }
}
