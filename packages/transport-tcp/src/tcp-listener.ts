import { MillpondError, type Address, type FrontendTls, type Listener } from '@millpond/contracts';
import { listen, type ListenOptions, type OpenPort } from './listen.ts';
import { TcpSession, type TcpSessionContext } from './tcp-session.ts';

/** An open TCP frontend: one session for each client. */
export class TcpListener implements Listener {
  readonly #port: OpenPort;
  readonly #sessions: Set<TcpSession>;
  readonly #cutOff: AbortController;

  private constructor(port: OpenPort, sessions: Set<TcpSession>, cutOff: AbortController) {
    this.#port = port;
    this.#sessions = sessions;
    this.#cutOff = cutOff;
  }

  /** Listens; see {@link listen} for how it waits and what it throws. */
  static async open(
    options: Omit<ListenOptions, 'onConnection'>,
    shared: Omit<TcpSessionContext, 'cutOff'>,
  ): Promise<TcpListener> {
    const sessions = new Set<TcpSession>();
    const cutOff = new AbortController();
    const context: TcpSessionContext = { ...shared, cutOff: cutOff.signal };
    const port = await listen({
      ...options,
      onConnection: (socket) => {
        const session = new TcpSession(socket, context);
        sessions.add(session);
        void session.closed.then(() => sessions.delete(session));
      },
    });
    return new TcpListener(port, sessions, cutOff);
  }

  get address(): Address {
    return this.#port.address;
  }

  get connections(): number {
    return this.#sessions.size;
  }

  setTls(tls: FrontendTls): void {
    this.#port.setTls(tls);
  }

  close(): Promise<void> {
    return this.#port.close();
  }

  /** Also stops accepting. Clients end by themselves: nothing tells the end of their business but their connection's. */
  async drain({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    await this.close();
    const cut = (): void => {
      this.#cutOff.abort(new MillpondError('ERR_TCP_ABORTED', 'The listener was drained, and its time was up.'));
      for (const session of this.#sessions) session.abort();
    };
    signal.addEventListener('abort', cut, { once: true });
    if (signal.aborted) cut();
    await Promise.all(Array.from(this.#sessions, (session) => session.closed));
    signal.removeEventListener('abort', cut);
  }
}
