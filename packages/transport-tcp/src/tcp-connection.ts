import { MillpondError, type ConnectOptions, type Connection } from '@millpond/contracts';
import type { FastSocket } from './socket/fast-socket.ts';
import type { SocketHandler } from './socket/socket-handler.ts';

/** Bytes that are kept of what a backend says first; it is not read further until the connection is used. */
const MAX_EARLY = 65536;

/** What a {@link TcpConnection} takes of {@link ConnectOptions}. */
export type TcpConnectionOptions = Pick<ConnectOptions, 'serverSpeaksFirst' | 'ping'>;

/** A ping that awaits its answer. */
interface Ping {
  readonly answer: string;
  heard: string;
  readonly settle: (error?: Error) => void;
}

/**
 * A TCP connection to a backend, for one client.
 *
 * While it waits to be used it is read from, so that its end is noticed. What the backend says of itself is kept for a
 * client that is there already; on a connection that waits for one it is the end, unless servers speak first by their
 * protocol, as those of SMTP, SSH and MySQL do.
 */
export class TcpConnection implements Connection, SocketHandler {
  readonly capacity = 1;
  readonly #socket: FastSocket;
  readonly #options: TcpConnectionOptions;
  #early = '';
  #isIdle = true;
  #ping: Ping | undefined;
  #verdict: NodeJS.Immediate | undefined;
  #onIdleClose: () => void = () => undefined;

  constructor(socket: FastSocket, options: TcpConnectionOptions = {}) {
    this.#socket = socket;
    this.#options = options;
    socket.handler = this;
    socket.resume();
  }

  /** True until {@link TcpConnection.take}, or until it closes. */
  get isReusable(): boolean {
    return this.#isIdle;
  }

  /**
   * Hands over the socket, once, with what the backend has said so far, one byte per character. Who takes it sets its
   * handler; undefined if it is closed, or was taken before.
   */
  take(): { readonly socket: FastSocket; readonly early: string } | undefined {
    if (!this.#isIdle) return undefined;
    this.#idleNoMore();
    return { socket: this.#socket, early: this.#early };
  }

  /** Closes it at once: idle in order, in use by a reset. */
  close(): void {
    if (this.#isIdle) this.#socket.destroy();
    else this.#socket.reset();
    this.#idleNoMore();
  }

  onIdleClose(listener: () => void): void {
    this.#onIdleClose = listener;
  }

  /** Asks what it was told to ask. @throws ERR_TCP_PING_FAILED - the answer is another one, or the connection has ended */
  ping(signal: AbortSignal): Promise<void> {
    const { ping } = this.#options;
    if (ping === undefined) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const onAbort = (): void => settle(signal.reason);
      const settle = (error?: Error): void => {
        this.#ping = undefined;
        signal.removeEventListener('abort', onAbort);
        if (error === undefined) resolve();
        else reject(error);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#ping = { answer: ping.expect, heard: '', settle };
      this.#socket.write(ping.send);
    });
  }

  /** @internal */
  onData(buffer: Buffer, length: number): boolean {
    const text = buffer.toString('latin1', 0, length);
    if (this.#ping !== undefined) return this.#hear(this.#ping, text);
    this.#early += text;
    // A client for whom it was dialled takes it within this turn of the event loop.
    if (this.#options.serverSpeaksFirst !== true) this.#verdict ??= setImmediate(() => this.#died());
    return this.#early.length < MAX_EARLY;
  }

  /** @internal */
  onEnd(): void {
    this.#died();
  }

  /** @internal */
  onDrain(): void {}

  /** @internal */
  onClose(): void {
    this.#died();
  }

  #hear(ping: Ping, text: string): boolean {
    ping.heard += text;
    if (ping.heard.endsWith(ping.answer)) ping.settle();
    else if (ping.heard.length > MAX_EARLY) ping.settle(pingFailed('was answered by what was not expected'));
    return true;
  }

  #died(): void {
    if (!this.#isIdle) return;
    this.close();
    this.#onIdleClose();
  }

  #idleNoMore(): void {
    this.#isIdle = false;
    clearImmediate(this.#verdict);
    this.#ping?.settle(pingFailed('was not answered: the connection has ended'));
  }
}

function pingFailed(how: string): MillpondError {
  return new MillpondError('ERR_TCP_PING_FAILED', `A ping of an idle connection ${how}. Compare it with the protocol.`);
}
