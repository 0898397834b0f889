import type { FastSocket, SocketHandler } from './fast-socket.ts';
import type { ReadBuffers } from './read-buffers.ts';

/** Bytes up to which a copy is made as a string, which Node writes in one go; above, copying a buffer costs less. */
const MAX_STRING = 16384;

/** Gets what becomes of a {@link RelaySide}. */
export interface RelaySideListener {
  /** Bytes have moved. */
  onProgress(): void;
  /** This side sends no more, and the other side is told so after its last byte. */
  onHalfClose(): void;
  onClose(side: RelaySide, error: Error | undefined): void;
}

/**
 * One of the two sockets of a relay: passes on what it reads to the other one.
 *
 * It reads into the shared buffer and copies, until a read is long: then more is likely to come, and it leases a buffer
 * of its own to spare the copies (a third of the cost of long answers). A read that does not fill that one has emptied the
 * socket, and parks it, which only few may do. So of many relays that have fallen silent, hardly any holds a buffer.
 */
export class RelaySide implements SocketHandler {
  readonly socket: FastSocket;
  /** Bytes that were read from this side. */
  bytes = 0;
  hasEnded = false;
  /** It is closed as soon as all that it was sent is on its way; nothing is read of it any more. */
  isClosing = false;
  isClosed = false;
  readonly #to: FastSocket;
  readonly #shared: Buffer;
  readonly #listener: RelaySideListener;

  constructor(socket: FastSocket, to: FastSocket, buffers: ReadBuffers, listener: RelaySideListener) {
    this.socket = socket;
    this.#to = to;
    this.#shared = buffers.shared;
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
    if (buffer === this.#shared) {
      this.#to.write(copy(buffer, length));
      if (length > MAX_STRING) this.socket.useOwnBuffer();
      // It may have been all: whoever then falls silent must not hold a buffer, but for a few.
      if (length > MAX_STRING && length < buffer.length) this.socket.parkOwnBuffer();
    } else {
      this.#to.write(length === buffer.length ? buffer : buffer.subarray(0, length));
      if (length < buffer.length) this.socket.parkOwnBuffer(this.#to);
      else this.socket.useOwnBuffer();
    }
    return this.#isTaken();
  }

  onEnd(): void {
    if (this.isClosing) return;
    this.hasEnded = true;
    this.socket.dropOwnBuffer(this.#to);
    this.#to.end();
    this.#listener.onHalfClose();
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

function copy(buffer: Buffer, length: number): Buffer | string {
  return length <= MAX_STRING ? buffer.toString('latin1', 0, length) : Buffer.from(buffer.subarray(0, length));
}
