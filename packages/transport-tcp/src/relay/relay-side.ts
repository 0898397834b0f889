import type { FastSocket } from '../socket/fast-socket.ts';
import { latin1Text } from '../socket/latin1.ts';
import type { SocketHandler } from '../socket/socket-handler.ts';

/** Bytes up to which what was read goes out as a text, with others at the end of the turn; above, without a copy. */
const SHORT = 16_384;

/** Gets what becomes of a {@link RelaySide}. */
export interface RelaySideListener {
  /** Bytes have moved. */
  onProgress(): void;
  /** This side sends no more; the other side is to be told so after its last byte. */
  onHalfClose(side: RelaySide): void;
  onClose(side: RelaySide, error: Error | undefined): void;
}

/** One of the two sockets of a relay: passes on what it reads to the other one. */
export class RelaySide implements SocketHandler {
  readonly socket: FastSocket;
  /** Bytes that were read from this side. */
  bytes = 0;
  hasEnded = false;
  /** It is closed as soon as all that it was sent is on its way; nothing is read of it any more. */
  isClosing = false;
  isClosed = false;
  readonly #to: FastSocket;
  readonly #listener: RelaySideListener;

  constructor(socket: FastSocket, to: FastSocket, listener: RelaySideListener) {
    this.socket = socket;
    this.#to = to;
    this.#listener = listener;
    socket.handler = this;
  }

  /** Passes on what had been read before, and begins to read. */
  start(alreadyRead: string): void {
    this.bytes += alreadyRead.length;
    if (alreadyRead !== '') this.#to.write(alreadyRead);
    if (this.#isTaken()) this.socket.resume();
  }

  /** Closes it once it has taken what it was sent. */
  close(): void {
    this.isClosing = true;
    this.socket.closeSoon();
  }

  onData(buffer: Buffer, length: number): boolean {
    if (this.isClosing) return false;
    this.bytes += length;
    this.#listener.onProgress();
    if (length <= SHORT) this.#to.writeSoon(latin1Text(buffer, 0, length));
    else this.#to.writeBytes('', buffer, 0, length);
    return this.#isTaken();
  }

  onEnd(): void {
    if (this.isClosing) return;
    this.hasEnded = true;
    this.#listener.onHalfClose(this);
  }

  /** What the other side sent has been taken, all of it: it may go on. */
  onDrain(): void {
    this.#listener.onProgress();
    this.#to.resume();
  }

  onClose(error: Error | undefined): void {
    this.isClosed = true;
    this.#listener.onClose(this, error);
  }

  #isTaken(): boolean {
    if (!this.#to.isFull) return true;
    this.#to.notifyDrain();
    return false;
  }
}
