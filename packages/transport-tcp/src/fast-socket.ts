import type { OnReadOpts, Socket } from 'node:net';
import type { Address } from '@millpond/contracts';
import { canonicalAddress } from './canonical-address.ts';
import type { ProxyHeader } from './proxy-protocol/header.ts';
import type { ReadBuffers } from './read-buffers.ts';
import { clientEnd, type OpenedSocket } from './opened-socket.ts';
import type { SocketHandler } from './socket-handler.ts';
import { SocketWriter } from './socket-writer.ts';
import { Unread } from './unread.ts';

/**
 * A TCP or UNIX socket that reads into a buffer of ours, with no stream, event or allocation per read; or one that speaks
 * TLS, which is read by 'data' events: `onread` would need what Node keeps private, and gain 2 µs of 24 per request.
 *
 * It reads nothing until {@link FastSocket.resume} is called. While it is paused, the end or loss of the connection goes
 * unnoticed, so a paused socket needs a deadline.
 */
export class FastSocket {
  /** Who is told; may be exchanged at any time. */
  handler: SocketHandler;
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
  readonly #socket: Socket;
  /** The one underneath, where there is one. */
  readonly #tcp: Socket | undefined;
  readonly #writer: SocketWriter;
  readonly #readsByOnread: boolean;
  #error: Error | undefined;
  #unread: Unread | undefined;
  readonly #onDrained = (): void => this.handler.onDrain();
  /** Reads on in the next turn of the event loop. */
  #soonRead: NodeJS.Immediate | undefined;

  /**
   * @param buffers - has the buffer that it reads into
   * @param handler - told from now on
   * @param open - makes the socket, half-open allowed and paused, with the `onread` that it is given
   */
  constructor(buffers: ReadBuffers, handler: SocketHandler, open: (onread: OnReadOpts) => OpenedSocket) {
    this.handler = handler;
    const opened = open({
      buffer: () => buffers.readable,
      callback: (length) =>
        this.handler.onData(buffers.shared, length) && !this.#readsAnew(length < buffers.shared.length),
    });
    const { socket, readsByOnread, tcp, announced, serverName, unread, onClosed } = opened;
    this.#socket = socket;
    this.#tcp = tcp;
    this.#writer = new SocketWriter(socket, tcp !== undefined, buffers);
    this.#readsByOnread = readsByOnread;
    this.announced = announced;
    this.serverName = serverName;
    const { host, port } = clientEnd(opened);
    this.remoteAddress = host;
    this.remotePort = port;
    if (unread !== undefined) this.#unread = new Unread(() => this.#onUnread(unread));
    if (!readsByOnread) socket.on('data', (chunk: Buffer) => this.#onChunk(chunk));
    socket.on('end', () => this.#onEnd());
    socket.on('error', (error) => (this.#error = error));
    socket.on('close', () => {
      clearImmediate(this.#soonRead);
      onClosed?.();
      this.handler.onClose(this.#error);
    });
  }

  /** Of a TCP socket: the address that it has on this machine. */
  get localAddress(): Address | undefined {
    const { localAddress, localPort } = this.#tcp ?? this.#socket;
    if (localAddress === undefined || localPort === undefined) return undefined;
    return { host: canonicalAddress(localAddress) ?? localAddress, port: localPort };
  }

  /** Whether it speaks TLS. Its end should be told by {@link FastSocket.end}: `destroy()` leaves the other side to guess. */
  get encrypted(): boolean {
    return this.#tcp !== undefined;
  }

  /** Bytes written that the kernel has not taken yet; with TLS, that are not known to have been taken. */
  get pending(): number {
    return this.#writer.pending;
  }

  /** Whether whoever writes should wait for `onDrain`. */
  get isFull(): boolean {
    return this.#writer.isFull;
  }

  /** Whether bytes can be written: open, and not ended by us. */
  get writable(): boolean {
    return this.#socket.writable;
  }

  /** Whether it is gone, and its handler was told, or is about to be. */
  get closed(): boolean {
    return this.#socket.closed;
  }

  /** Whether it has been closed, or is being closed, for both directions. */
  get destroyed(): boolean {
    return this.#socket.destroyed;
  }

  /**
   * Writes bytes, or a string of characters below U+0100 as one byte each. A buffer must stay as it is from now on:
   * {@link FastSocket.writeBytes} is for others.
   */
  write(data: Buffer | string): void {
    this.#writer.write(data);
  }

  /**
   * Writes a text at the end of this turn of the event loop, or before whatever else is written; see {@link WriteBatch}.
   * Until then it does not count as pending, and `destroy()` forgets it.
   */
  writeSoon(text: string): void {
    this.#writer.writeSoon(text);
  }

  /**
   * Writes a text, and behind it the bytes from `start` to `end` of a buffer, which may be used for others afterwards:
   * what the kernel does not take of them is copied. What is before `start` in the buffer may be overwritten.
   */
  writeBytes(text: string, buffer: Buffer, start: number, end: number): void {
    this.#writer.writeBytes(text, buffer, start, end);
  }

  /** How often something was written; what waits for the end of the turn has not been. */
  get writes(): number {
    return this.#writer.writes;
  }

  /** Writes now what was to be written soon. */
  flush(): void {
    this.#writer.flush();
  }

  /** Asks for one `onDrain` as soon as all that was written up to now is with the kernel. After `end()` none comes. */
  notifyDrain(): void {
    this.#writer.notifyDrain(this.#onDrained);
  }

  /** Stops reading. Inside `onData`, return false instead. */
  pause(): void {
    if (this.#unread !== undefined) this.#unread.wanted = false;
    clearImmediate(this.#soonRead);
    this.#socket.pause();
  }

  /** Starts reading, or goes on with it. */
  resume(): void {
    // With onread, resume() would begin to read once more on the next tick, even after a pause() in between.
    if (this.#unread !== undefined) this.#unread.wanted = true;
    else if (this.#readsByOnread) this.#socket.read(0);
    else this.#socket.resume();
  }

  /** Sends what is pending, then the end of our side. */
  end(): void {
    // While a handle is ending it cannot be reset, so the stream must know what it waits for.
    this.#writer.settle();
    this.#socket.end();
  }

  /** Sends what is pending, then closes both directions. */
  closeSoon(): void {
    this.#writer.settle();
    // The kernel sends what it has, and then the end. TLS has an end of its own to tell.
    if (!this.encrypted && this.pending === 0) this.#socket.destroy();
    else this.#socket.destroySoon();
  }

  /** Closes both directions at once; what is pending is lost. */
  destroy(): void {
    this.#socket.destroy();
  }

  /** Closes at once, with a reset (RST) so that the other side sees that it was cut off. UNIX sockets have none. */
  reset(): void {
    const socket = this.#socket;
    if (socket.destroyed) return;
    // Between the last byte and the end of our side, Node cannot reset: 'close' would never come.
    const isEnding = socket.writableEnded && !socket.writableFinished && this.pending === 0;
    const isTcp = socket.localPort !== undefined;
    // TLS cannot be reset, but what is underneath can, and takes it along.
    if (isTcp && !isEnding) (this.#tcp ?? socket).resetAndDestroy();
    else socket.destroy();
  }

  #onEnd(): void {
    // A stream may say 'end' after destroy().
    if (this.#socket.destroyed) return;
    if (this.#wasReset()) this.#socket.destroy(connectionReset());
    else this.handler.onEnd();
  }

  /**
   * A reset that comes with bytes before it looks like an end: libuv takes a hang-up after a short read for one. But a
   * reset socket has lost its peer, and one that was ended has not, unless we have ended it too.
   */
  #wasReset(): boolean {
    const socket = this.#socket;
    // UNIX sockets have neither port. Each of the two is a system call.
    return socket.writable && socket.remotePort === undefined && socket.localPort !== undefined;
  }

  /**
   * Once we have ended our side, the peer of {@link FastSocket.#wasReset} is gone either way. So what may be the last
   * bytes are not read on from at once: read anew, the kernel itself tells a reset from an end.
   */
  #readsAnew(isShort: boolean): boolean {
    if (this.#socket.writable || !isShort) return false;
    this.#soonRead = setImmediate(() => this.#socket.read(0));
    return true;
  }

  #onUnread(bytes: Buffer): void {
    this.#unread = undefined;
    if (this.#socket.destroyed) return;
    if (this.handler.onData(bytes, bytes.length) && !this.#socket.destroyed) this.resume();
  }

  #onChunk(chunk: Buffer): void {
    // A stream hands over what it has buffered even after destroy().
    if (this.#socket.destroyed) return;
    if (!this.handler.onData(chunk, chunk.length)) this.#socket.pause();
  }
}

function connectionReset(): Error {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' });
}
