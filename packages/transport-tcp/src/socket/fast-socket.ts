import type { Address } from '@millpond/contracts';
import type { ProxyHeader } from '../proxy-protocol/header.ts';
import type { ReadBuffers } from './read-buffers.ts';
import type { SocketHandler } from './socket-handler.ts';
import { Unread } from './unread.ts';
import type { Wire } from './wire.ts';
import type { Flushable } from './write-batch.ts';

/** Bytes that may wait for the end of the turn. */
const MAX_SOON = 65_536;

/** What is known of a connection when it is handed over. */
export interface SocketFacts {
  /** See {@link FastSocket.remoteAddress}. @defaultValue '' */
  readonly remoteAddress?: string;
  /** See {@link FastSocket.remotePort}. @defaultValue 0 */
  readonly remotePort?: number;
  /** See {@link FastSocket.announced}. */
  readonly announced?: ProxyHeader | undefined;
  /** See {@link FastSocket.serverName}. */
  readonly serverName?: string | undefined;
  /** What was read of it before; it comes first. @defaultValue nothing */
  readonly unread?: Buffer | undefined;
}

/**
 * A TCP or UNIX socket, plain or within TLS, whose bytes are handed over and taken without a stream, an event or an
 * allocation for each, as far as Node allows.
 *
 * It reads nothing until {@link FastSocket.resume} is called. While it is paused, the end or loss of the connection goes
 * unnoticed, so a paused socket needs a deadline.
 */
export class FastSocket implements Flushable {
  /**
   * Of an accepted TCP socket: the client's IP address, IPv4 also where it came in on an IPv6 socket. Where a proxy in
   * front has announced the client, that is the address that counts. Else empty.
   */
  readonly remoteAddress: string;
  /** The port that goes with it; 0 where there is none. */
  readonly remotePort: number;
  /** What a proxy in front has said of the client, by the PROXY protocol. */
  readonly announced: ProxyHeader | undefined;
  /** Of an accepted TLS socket: the host that the client has asked for, lower case. */
  readonly serverName: string | undefined;
  readonly #wire: Wire;
  readonly #buffers: ReadBuffers;
  #unread: Unread | undefined;
  /** Text that is written at the end of this turn of the event loop. */
  #soon = '';
  #writes = 0;

  /** @param buffers - those of the transport, with what its sockets write at the end of the turn */
  constructor(wire: Wire, buffers: ReadBuffers, facts: SocketFacts = {}) {
    const { remoteAddress = '', remotePort = 0, announced, serverName, unread } = facts;
    this.#wire = wire;
    this.#buffers = buffers;
    this.remoteAddress = remoteAddress;
    this.remotePort = remotePort;
    this.announced = announced;
    this.serverName = serverName;
    if (unread !== undefined && unread.length > 0) this.#unread = new Unread(() => this.#onUnread(unread));
  }

  /** Who is told; may be exchanged at any time. */
  get handler(): SocketHandler {
    return this.#wire.handler;
  }

  set handler(handler: SocketHandler) {
    this.#wire.handler = handler;
  }

  /** Of a TCP socket: the address that it has on this machine. */
  get localAddress(): Address | undefined {
    return this.#wire.localAddress;
  }

  /** Whether it speaks TLS. Its end should be told by {@link FastSocket.end}: `destroy()` leaves the other side to guess. */
  get encrypted(): boolean {
    return this.#wire.encrypted;
  }

  /** Bytes written that the kernel has not taken yet; with TLS, that are not known to have been taken. */
  get pending(): number {
    return this.#wire.pending;
  }

  /** Whether whoever writes should wait for `onDrain`. */
  get isFull(): boolean {
    return this.#wire.isFull;
  }

  /** Whether bytes can be written: open, and not ended by us. */
  get writable(): boolean {
    return this.#wire.writable;
  }

  /** Whether it is gone, and its handler was told, or is about to be. */
  get closed(): boolean {
    return this.#wire.closed;
  }

  /** Whether it has been closed, or is being closed, for both directions. */
  get destroyed(): boolean {
    return this.#wire.destroyed;
  }

  /** How often something was written; what waits for the end of the turn has not been. */
  get writes(): number {
    return this.#writes;
  }

  /**
   * Writes bytes, or a string of characters below U+0100 as one byte each. A buffer must stay as it is from now on:
   * {@link FastSocket.writeBytes} is for others.
   */
  write(data: Buffer | string): void {
    this.flush();
    this.#write(data);
  }

  /**
   * Writes a text at the end of this turn of the event loop, or before whatever else is written; see `WriteBatch`.
   * Until then it does not count as pending, and `destroy()` forgets it.
   */
  writeSoon(text: string): void {
    if (this.#soon === '') this.#buffers.writes.add(this);
    this.#soon += text;
    if (this.#soon.length > MAX_SOON) this.flush();
  }

  /**
   * Writes a text, and behind it the bytes from `start` to `end` of a buffer, which may be used for others afterwards:
   * what the kernel does not take of them is copied. What is before `start` in the buffer may be overwritten: there, and
   * in the headroom of the shared buffer, the text is put, so that one system call does for both (two cost 3 µs more).
   */
  writeBytes(text: string, buffer: Buffer, start: number, end: number): void {
    const before = this.#soon + text;
    this.#soon = '';
    const { shared, roomy, headroom } = this.#buffers;
    const isShared = buffer === shared;
    const whole = isShared ? roomy : buffer;
    const shift = isShared ? headroom : 0;
    let from = start + shift;
    if (before.length <= from) from -= before === '' ? 0 : whole.write(before, from - before.length, 'latin1');
    else this.#write(before);
    this.#writes++;
    this.#wire.writeBytes(whole, from, end + shift);
  }

  /** Writes now what was to be written soon. */
  flush(): void {
    if (this.#soon === '') return;
    const text = this.#soon;
    this.#soon = '';
    if (!this.#wire.destroyed) this.#write(text);
  }

  /** Asks for one `onDrain` as soon as all that was written up to now is with the kernel. Asked for after `end()`, none comes. */
  notifyDrain(): void {
    this.flush();
    this.#wire.notifyDrain();
  }

  /** Stops reading. Inside `onData`, return false instead. */
  pause(): void {
    if (this.#unread !== undefined) this.#unread.wanted = false;
    this.#wire.stopReading();
  }

  /** Starts reading, or goes on with it. */
  resume(): void {
    if (this.#unread !== undefined) this.#unread.wanted = true;
    else this.#wire.read();
  }

  /** Sends what is pending, then the end of our side. */
  end(): void {
    this.flush();
    this.#wire.end();
  }

  /** Sends what is pending, then closes both directions. */
  closeSoon(): void {
    this.flush();
    this.#wire.closeSoon();
  }

  /** Closes both directions at once; what is pending is lost. */
  destroy(): void {
    this.#wire.destroy();
  }

  /** Closes at once, with a reset (RST) so that the other side sees that it was cut off. UNIX sockets have none. */
  reset(): void {
    this.#wire.reset();
  }

  #write(data: Buffer | string): void {
    this.#writes++;
    this.#wire.write(data);
  }

  #onUnread(bytes: Buffer): void {
    this.#unread = undefined;
    if (this.destroyed) return;
    if (this.handler.onData(bytes, bytes.length) && !this.destroyed) this.resume();
  }
}
