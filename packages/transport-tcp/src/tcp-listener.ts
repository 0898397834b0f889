import { MillpondError, type Address, type FrontendTls, type Listener } from '@millpond/contracts';
import type { FastSocket } from './socket/fast-socket.ts';
import { listen, type ListenOptions, type OpenPort } from './accept/listen.ts';
import { Roster } from './roster.ts';
import { TcpSession, type TcpSessionContext } from './tcp-session.ts';

/** An open TCP frontend: one session for each client. */
export class TcpListener implements Listener {
  readonly #sessions = new Roster<TcpSession>();
  readonly #cutOff = new AbortController();
  #port!: OpenPort;
  /** Called when the last session has ended. */
  #onIdle: (() => void) | undefined;

  /** Listens; see {@link listen} for how it waits and what it throws. */
  static async open(
    options: Omit<ListenOptions, 'onConnection'>,
    shared: Omit<TcpSessionContext, 'cutOff' | 'onEnded'>,
  ): Promise<TcpListener> {
    const listener = new TcpListener();
    const onEnded = (session: TcpSession): void => listener.#onEnded(session);
    const context: TcpSessionContext = { ...shared, cutOff: listener.#cutOff.signal, onEnded };
    const onConnection = (socket: FastSocket): void => listener.#begin(new TcpSession(socket, context));
    // For as long as the signal is: one that has listeners now and then only is slower, and leaves more garbage.
    listener.#cutOff.signal.addEventListener('abort', () => listener.#sessions.forEach((session) => session.abort()));
    listener.#port = await listen({ ...options, onConnection });
    return listener;
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
    const cut = (): void =>
      this.#cutOff.abort(new MillpondError('ERR_TCP_ABORTED', 'The listener was drained, and its time was up.'));
    signal.addEventListener('abort', cut, { once: true });
    if (signal.aborted) cut();
    await this.#idle();
    signal.removeEventListener('abort', cut);
  }

  #begin(session: TcpSession): void {
    session.seat = this.#sessions.add(session);
    session.start();
  }

  #onEnded(session: TcpSession): void {
    if (session.seat !== undefined) this.#sessions.remove(session.seat);
    if (this.#sessions.size === 0) this.#onIdle?.();
  }

  #idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#onIdle = resolve;
      if (this.#sessions.size === 0) resolve();
    });
  }
}
