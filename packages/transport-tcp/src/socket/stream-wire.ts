import type { Socket } from 'node:net';
import type { Address } from '@millpond/contracts';
import { canonicalAddress } from '../canonical-address.ts';
import { IGNORE, type SocketHandler } from './socket-handler.ts';
import type { Wire } from './wire.ts';

/** Bytes that a TLS socket may hold before whoever writes to it should stop: some are after every write, until the next turn. */
const TLS_ROOM = 65_536;

/**
 * A connection on a socket of Node's, read by 'data' events: one that speaks TLS with a backend, or any where Node does not
 * show what is underneath.
 */
export class StreamWire implements Wire {
  handler: SocketHandler = IGNORE;
  onClosed: (() => void) | undefined;
  readonly encrypted: boolean;
  readonly #socket: Socket;
  /** The one that speaks TCP or UNIX. */
  readonly #plain: Socket;
  readonly #room: number;
  #error: Error | undefined;
  #drainAsked = false;

  /** @param underneath - of a socket that speaks TLS: the one underneath */
  constructor(socket: Socket, underneath?: Socket) {
    this.#socket = socket;
    this.#plain = underneath ?? socket;
    this.encrypted = underneath !== undefined;
    this.#room = this.encrypted ? TLS_ROOM : 0;
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('end', () => {
      // A stream may say 'end' after destroy().
      if (!socket.destroyed) this.handler.onEnd();
    });
    socket.on('error', (error) => (this.#error = error));
    socket.on('close', () => {
      this.onClosed?.();
      this.handler.onClose(this.#error);
    });
  }

  get localAddress(): Address | undefined {
    const { localAddress, localPort } = this.#plain;
    if (localAddress === undefined || localPort === undefined) return undefined;
    return { host: canonicalAddress(localAddress) ?? localAddress, port: localPort };
  }

  get pending(): number {
    return this.#socket.writableLength;
  }

  get isFull(): boolean {
    return this.pending > this.#room;
  }

  get writable(): boolean {
    return this.#socket.writable;
  }

  get destroyed(): boolean {
    return this.#socket.destroyed;
  }

  get closed(): boolean {
    return this.#socket.closed;
  }

  read(): void {
    this.#socket.resume();
  }

  stopReading(): void {
    this.#socket.pause();
  }

  write(data: Buffer | string): void {
    if (this.#socket.writable) this.#socket.write(data, 'latin1');
  }

  /**
   * OpenSSL copies what is written while nothing is pending; else Node would keep it until it can be written. What tells
   * of a drain is pending too, though it has no bytes.
   */
  writeBytes(buffer: Buffer, start: number, end: number): void {
    const bytes = buffer.subarray(start, end);
    const isCopied = this.encrypted && !this.#drainAsked && this.#socket.writableLength === 0;
    this.write(isCopied ? bytes : Buffer.from(bytes));
  }

  notifyDrain(): void {
    if (this.#drainAsked || this.#socket.writableEnded) return;
    this.#drainAsked = true;
    // Queued behind what is pending. A 'drain' event would need a high-water mark of 1 and come after every write.
    this.#socket.write('', 'latin1', (error) => {
      this.#drainAsked = false;
      if (!error && !this.#socket.destroyed) this.handler.onDrain();
    });
  }

  end(): void {
    this.#socket.end();
  }

  closeSoon(): void {
    // The kernel sends what it has, and then the end. TLS has an end of its own to tell.
    if (!this.encrypted && this.pending === 0) this.#socket.destroy();
    else this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  reset(): void {
    const socket = this.#socket;
    if (socket.destroyed) return;
    // Between the last byte and the end of our side, Node cannot reset: 'close' would never come.
    const isEnding = socket.writableEnded && !socket.writableFinished && this.pending === 0;
    const isTcp = this.#plain.localPort !== undefined;
    // TLS cannot be reset, but what is underneath can, and takes it along.
    if (isTcp && !isEnding) this.#plain.resetAndDestroy();
    else socket.destroy();
  }

  #onData(chunk: Buffer): void {
    // A stream hands over what it has buffered even after destroy().
    if (this.#socket.destroyed) return;
    if (!this.handler.onData(chunk, chunk.length)) this.#socket.pause();
  }
}
