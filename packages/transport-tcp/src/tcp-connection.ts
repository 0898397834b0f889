import type { Connection } from '@millpond/contracts';
import type { FastSocket, SocketHandler } from './fast-socket.ts';

/** Bytes that are kept of what a backend says first; it is not read further until the connection is used. */
const MAX_EARLY = 65536;

/**
 * A TCP connection to a backend, for one client.
 *
 * While it waits to be used it is read from, so that its end is noticed, and what a backend says of itself (SMTP, SSH
 * and MySQL begin that way) is kept for the client.
 */
export class TcpConnection implements Connection, SocketHandler {
  readonly capacity = 1;
  readonly #socket: FastSocket;
  #early = '';
  #isIdle = true;
  #onIdleClose: () => void = () => undefined;

  constructor(socket: FastSocket) {
    this.#socket = socket;
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
    this.#isIdle = false;
    return { socket: this.#socket, early: this.#early };
  }

  /** Closes it at once: idle in order, in use by a reset. */
  close(): void {
    if (this.#isIdle) this.#socket.destroy();
    else this.#socket.reset();
    this.#isIdle = false;
  }

  onIdleClose(listener: () => void): void {
    this.#onIdleClose = listener;
  }

  /** @internal */
  onData(buffer: Buffer, length: number): boolean {
    this.#early += buffer.toString('latin1', 0, length);
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

  #died(): void {
    if (!this.#isIdle) return;
    this.close();
    this.#onIdleClose();
  }
}
