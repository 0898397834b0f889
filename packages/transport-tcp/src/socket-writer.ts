import type { Socket } from 'node:net';
import { DirectWriter } from './direct-writer.ts';
import type { ReadBuffers } from './read-buffers.ts';
import type { Flushable } from './write-batch.ts';

/** Bytes that a TLS socket may hold before whoever writes to it should stop. */
const TLS_ROOM = 65_536;

/** Bytes that may wait for the end of the turn. */
const MAX_SOON = 65_536;

/** What is written to a socket: in as few system calls as possible, and without a copy of what the kernel takes. */
export class SocketWriter implements Flushable {
  /** How often something was given to the kernel, or to the stream. */
  writes = 0;
  readonly #socket: Socket;
  readonly #buffers: ReadBuffers;
  /** There is none with TLS. */
  readonly #direct: DirectWriter | undefined;
  /** Bytes that may be pending before it is full: with TLS some are after every write, until the next turn of the event loop. */
  readonly #room: number;
  /** Text that is written at the end of this turn of the event loop. */
  #soon = '';
  #drainAsked = false;

  constructor(socket: Socket, encrypted: boolean, buffers: ReadBuffers) {
    this.#socket = socket;
    this.#buffers = buffers;
    this.#direct = encrypted ? undefined : new DirectWriter(socket);
    this.#room = encrypted ? TLS_ROOM : 0;
  }

  /** Bytes that the kernel has not taken yet; with TLS, that are not known to have been taken. */
  get pending(): number {
    return this.#socket.writableLength + (this.#direct?.pending ?? 0);
  }

  get isFull(): boolean {
    return this.pending > this.#room;
  }

  /** Writes now; a buffer must stay as it is. */
  write(data: Buffer | string): void {
    this.flush();
    if (typeof data === 'string') {
      this.#writeText(data);
      return;
    }
    this.writes++;
    this.#socket.write(data);
  }

  /** Writes at the end of this turn, or before whatever else is written. */
  writeSoon(text: string): void {
    if (this.#soon === '') this.#buffers.writes.add(this);
    this.#soon += text;
    if (this.#soon.length > MAX_SOON) this.flush();
  }

  /**
   * Writes a text, and behind it bytes of a buffer that may change afterwards. It may itself change what is before
   * `start`: there the text is put, so that one system call does for both (two cost 3 µs more).
   */
  writeBytes(text: string, buffer: Buffer, start: number, end: number): void {
    const before = this.#soon + text;
    this.#soon = '';
    let from = start;
    this.writes++;
    if (before.length <= start) from -= before === '' ? 0 : buffer.write(before, start - before.length, 'latin1');
    else this.#writeText(before);
    if (this.#direct === undefined) {
      this.#encrypt(buffer.subarray(from, end));
      return;
    }
    from += this.#direct.writeBytes(buffer, from, end);
    if (from < end) this.#writeCopies(this.#buffers.setAside(buffer, from, end));
  }

  /** Writes now what was to be written soon. */
  flush(): void {
    if (this.#soon === '') return;
    const text = this.#soon;
    this.#soon = '';
    if (!this.#socket.destroyed) this.#writeText(text);
  }

  /** Has the stream know of all that is pending, so that it can be ended. */
  settle(): void {
    this.flush();
    if (this.#direct !== undefined && this.#direct.pending > 0) this.#socket.write('', 'latin1');
  }

  /** Calls back once, when the kernel has all that was written up to now. Once it has ended, it does not. */
  notifyDrain(drained: () => void): void {
    this.flush();
    if (this.#drainAsked || this.#socket.writableEnded) return;
    this.#drainAsked = true;
    // Queued behind what is pending. A 'drain' event would need a high-water mark of 1 and come after every write.
    this.#socket.write('', 'latin1', (error) => {
      this.#drainAsked = false;
      if (!error && !this.#socket.destroyed) drained();
    });
  }

  #writeText(text: string): void {
    this.writes++;
    if (this.#direct?.write(text) !== true) this.#socket.write(text, 'latin1');
  }

  /**
   * OpenSSL copies what is written while nothing is pending; else Node would keep it until it can be written. What tells
   * of a drain is pending too, though it has no bytes.
   */
  #encrypt(bytes: Buffer): void {
    const isPending = this.#drainAsked || this.#socket.writableLength > 0;
    this.#socket.write(isPending ? Buffer.from(bytes) : bytes);
  }

  #writeCopies(blocks: Buffer[]): void {
    const socket = this.#socket;
    const last = blocks.pop();
    if (last === undefined) return;
    socket.cork();
    for (const block of blocks) socket.write(block);
    blocks.push(last);
    socket.write(last, (error) => (error ? this.#buffers.forget(blocks) : this.#buffers.give(blocks)));
    socket.uncork();
  }
}
