import type { Address, FrontendTls, Listener } from '@millpond/contracts';
import { listen, Roster, type ListenOptions, type OpenPort } from '@millpond/transport-tcp';
import { ClientConnection } from './client-connection.ts';
import type { Engine } from './engine.ts';
import type { FrontendContext } from './frontend-context.ts';

/** An open HTTP frontend, and its clients' connections. */
export class HttpListener implements Listener {
  readonly #connections = new Roster<ClientConnection>();
  readonly #waiting = new Set<() => void>();
  #port!: OpenPort;
  #draining = false;

  private constructor() {}

  /** Listens; see {@link listen} for how it waits and what it throws. */
  static async open(
    engine: Engine,
    frontend: FrontendContext,
    options: Omit<ListenOptions, 'onConnection'>,
  ): Promise<HttpListener> {
    const listener = new HttpListener();
    const closed = (connection: ClientConnection): void => listener.#closed(connection);
    listener.#port = await listen({
      ...options,
      onConnection: (socket) => listener.#opened(new ClientConnection(engine, socket, frontend, closed)),
    });
    return listener;
  }

  get address(): Address {
    return this.#port.address;
  }

  get connections(): number {
    return this.#connections.size;
  }

  setTls(tls: FrontendTls): void {
    this.#port.setTls(tls);
  }

  close(): Promise<void> {
    return this.#port.close();
  }

  /** Also stops accepting. Responses that begin from now on say `Connection: close`. */
  async drain({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    this.#draining = true;
    await this.close();
    const cutOff = (): void => {
      this.#connections.forEach((connection) => connection.destroy());
    };
    signal.addEventListener('abort', cutOff, { once: true });
    this.#connections.forEach((connection) => connection.drain());
    if (signal.aborted) cutOff();
    await this.#lastClosed();
    signal.removeEventListener('abort', cutOff);
  }

  #opened(connection: ClientConnection): void {
    connection.seat = this.#connections.add(connection);
    if (this.#draining) connection.drain();
  }

  #closed(connection: ClientConnection): void {
    if (connection.seat !== undefined) this.#connections.remove(connection.seat);
    if (this.#connections.size > 0) return;
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  async #lastClosed(): Promise<void> {
    if (this.#connections.size > 0) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }
}
