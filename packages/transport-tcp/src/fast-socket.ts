import type { OnReadOpts, Socket } from 'node:net';
import type { Address } from '@millpond/contracts';
import { canonicalAddress } from './canonical-address.ts';
import { DirectWriter } from './direct-writer.ts';
import type { ProxyHeader } from './proxy-protocol/header.ts';
import type { ReadBuffers } from './read-buffers.ts';
import { Unread } from './unread.ts';

/** How an IPv4 address begins that an IPv6 socket accepted (RFC 4291 §2.5.5.2). */
const MAPPED_IPV4 = '::ffff:';

/** Bytes that a TLS socket may hold before whoever writes to it should stop. */
const TLS_ROOM = 65536;

/** Bytes that may wait for the end of the turn. */
const MAX_SOON = 65_536;

/** Gets what happens on a {@link FastSocket}. Calls never nest, and none follows `onClose`. */
export interface SocketHandler {
  /**
   * Bytes have come: the first `length` of `buffer`. They are valid only during the call, unless `buffer` is the
   * socket's own leased one; then until reading goes on.
   *
   * @returns whether to go on reading; false is like {@link FastSocket.pause}
   */
  onData(buffer: Buffer, length: number): boolean;
  /** The other side will send no more. */
  onEnd(): void;
  /** Everything written has been taken by the kernel; called once after {@link FastSocket.notifyDrain}. */
  onDrain(): void;
  /** The socket is gone; nothing more happens on it. */
  onClose(error: Error | undefined): void;
}

/** A socket to be wrapped. */
export interface OpenedSocket {
  readonly socket: Socket;
  /** Whether it calls `onread`; where it does not, 'data' events are used. */
  readonly readsByOnread: boolean;
  /** See {@link FastSocket.remoteAddress}. @defaultValue '' */
  readonly remoteAddress?: string | undefined;
  /** @defaultValue 0 */
  readonly remotePort?: number | undefined;
  /** See {@link FastSocket.announced}. */
  readonly announced?: ProxyHeader | undefined;
  /** See {@link FastSocket.serverName}. */
  readonly serverName?: string | undefined;
  /** What was read of it before, if it reads by `onread`; it comes first. @defaultValue nothing */
  readonly unread?: Buffer | undefined;
  /** Called when it is closed, before its handler is told. */
  readonly onClosed?: (() => void) | undefined;
  /** Where `socket` speaks TLS: the one underneath. */
  readonly tcp?: Socket;
}

/**
 * A TCP or UNIX socket that reads into buffers of ours, with no stream, event or allocation per read; or one that speaks
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
  readonly #buffers: ReadBuffers;
  readonly #socket: Socket;
  /** The one underneath, where there is one. */
  readonly #tcp: Socket | undefined;
  /** For texts; there is none with TLS. */
  readonly #direct: DirectWriter | undefined;
  /** Bytes that may be pending before it is full: with TLS some are after every write, until the next turn of the event loop. */
  readonly #room: number;
  readonly #readsByOnread: boolean;
  #own: Buffer | undefined;
  /** It keeps its own buffer though no long message is under way. */
  #isParked = false;
  /** Its handler is being told what was read: what the kernel fills next is not settled yet. */
  #isBeingRead = false;
  /** What the kernel fills next: Node asks for a buffer right after each read, not before. */
  #readsInto: Buffer;
  /** Text that is written at the end of this turn of the event loop. */
  #soon = '';
  #drainAsked = false;
  #error: Error | undefined;
  #unread: Unread | undefined;

  /**
   * @param buffers - the shared and the private buffers that it reads into
   * @param handler - told from now on
   * @param open - makes the socket, half-open allowed and paused, with the `onread` that it is given
   */
  constructor(buffers: ReadBuffers, handler: SocketHandler, open: (onread: OnReadOpts) => OpenedSocket) {
    this.#buffers = buffers;
    this.handler = handler;
    this.#readsInto = buffers.shared;
    const opened = open({
      buffer: () => (this.#readsInto = this.#own ?? buffers.shared),
      callback: (length) => {
        this.#isBeingRead = true;
        const goesOn = this.handler.onData(this.#readsInto, length);
        this.#isBeingRead = false;
        return goesOn;
      },
    });
    const { socket, readsByOnread, tcp, announced, serverName, unread, onClosed } = opened;
    this.#socket = socket;
    this.#tcp = tcp;
    this.#direct = tcp === undefined ? new DirectWriter(socket) : undefined;
    this.#room = tcp === undefined ? 0 : TLS_ROOM;
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
      // What was read last may still be on its way out of another socket.
      this.#unpark();
      if (this.#own !== undefined) buffers.forget();
      this.#own = undefined;
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
    return this.#socket.writableLength + (this.#direct?.pending ?? 0);
  }

  /** Whether whoever writes should wait for `onDrain`. Until then what was written last may still be in use. */
  get isFull(): boolean {
    return this.pending > this.#room;
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
   * Writes bytes, or a string of characters below U+0100 as one byte each. A string is copied where the kernel does not
   * take it; a buffer is not, so it must stay as it is while {@link FastSocket.isFull} is true.
   */
  write(data: Buffer | string): void {
    this.flush();
    if (typeof data === 'string') this.#writeText(data);
    else this.#socket.write(this.#lasting(data));
  }

  /**
   * Writes a text at the end of this turn of the event loop, or before whatever else is written; see {@link WriteBatch}.
   * Until then it does not count as pending, and `destroy()` forgets it.
   */
  writeSoon(text: string): void {
    if (this.#soon === '') this.#buffers.writes.add(this);
    this.#soon += text;
    if (this.#soon.length > MAX_SOON) this.flush();
  }

  /** Writes now what was to be written soon. */
  flush(): void {
    if (this.#soon === '') return;
    const text = this.#soon;
    this.#soon = '';
    if (!this.#socket.destroyed) this.#writeText(text);
  }

  /** Writes a text and bytes behind it, as {@link FastSocket.write} does, but in one system call: two cost 3 µs more. */
  writeBoth(text: string, bytes: Buffer): void {
    const lasting = this.#lasting(bytes);
    const before = this.#soon + text;
    this.#soon = '';
    if (before === '') {
      this.#socket.write(lasting);
      return;
    }
    this.#socket.cork();
    this.#socket.write(before, 'latin1');
    this.#socket.write(lasting);
    this.#socket.uncork();
  }

  /** Writes a copy of bytes that will not stay as they are, up to the size of a read buffer; with a text in front. */
  writeCopy(text: string, bytes: Buffer): void {
    if (this.encrypted) {
      this.writeBoth(text, bytes);
      return;
    }
    const copy = this.#buffers.take();
    const length = bytes.copy(copy);
    this.writeBoth(text, copy.subarray(0, length));
    this.#giveWhenDrained(copy);
  }

  #writeText(text: string): void {
    if (this.#direct?.write(text) !== true) this.#socket.write(text, 'latin1');
  }

  /** With TLS, OpenSSL copies what is written while nothing is pending; else Node would keep it until it can be written. */
  #lasting(bytes: Buffer): Buffer {
    return this.#tcp !== undefined && this.#socket.writableLength > 0 ? Buffer.from(bytes) : bytes;
  }

  /** Whether buffers that were written may be in use still. With TLS none ever are. */
  get #holdsBuffers(): boolean {
    return this.#tcp === undefined && this.#socket.writableLength > 0;
  }

  /** Asks for one `onDrain` as soon as all that was written up to now is with the kernel. After `end()` none comes. */
  notifyDrain(): void {
    this.flush();
    if (this.#drainAsked || this.#socket.writableEnded) return;
    this.#drainAsked = true;
    // Queued behind what is pending. A 'drain' event would need a high-water mark of 1 and come after every write.
    this.#socket.write('', 'latin1', (error) => {
      this.#drainAsked = false;
      if (!error && !this.#socket.destroyed) this.handler.onDrain();
    });
  }

  /** Stops reading. Inside `onData`, return false instead. */
  pause(): void {
    if (this.#unread !== undefined) this.#unread.wanted = false;
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
    this.flush();
    // Has the stream wait for what it does not know of: while a handle is ending it cannot be reset.
    if (this.#direct !== undefined && this.#direct.pending > 0) this.#socket.write('', 'latin1');
    this.#socket.end();
  }

  /** Sends what is pending, then closes both directions. */
  closeSoon(): void {
    this.flush();
    if (this.#direct !== undefined && this.#direct.pending > 0) this.#socket.write('', 'latin1');
    this.#socket.destroySoon();
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

  /**
   * Reads into a private buffer from the next read on (called outside `onData`: from the one after it), so that what was
   * read can be written elsewhere without a copy. Reading must stop while such a write is pending.
   */
  useOwnBuffer(): void {
    if (this.#readsByOnread) this.#own ??= this.#buffers.take();
    this.#unpark();
  }

  /**
   * A long message has been read whole: keeps the private buffer for the next one, which is likely to be long again, if
   * few sockets do; else like {@link FastSocket.dropOwnBuffer}, and bound by the same rule. Without it, the beginning of
   * every long message would be read into the shared buffer and have to be copied (a third of the cost of 64 KiB).
   */
  parkOwnBuffer(pendingOn?: FastSocket): void {
    if (this.#own === undefined) return;
    if (pendingOn !== undefined && pendingOn.#holdsBuffers) this.dropOwnBuffer(pendingOn);
    else if (!this.#isParked && this.#buffers.park()) this.#isParked = true;
    else if (!this.#isParked) this.dropOwnBuffer();
  }

  /**
   * Goes back to the shared buffer, within the socket's own `onData` or `onEnd`. Elsewhere it keeps the private one until
   * then: Node asks for the next buffer right after `onData`, so the kernel may fill this one already.
   *
   * @param pendingOn - where a write from this buffer may be pending; it is kept back until that is done
   */
  dropOwnBuffer(pendingOn?: FastSocket): void {
    const own = this.#own;
    if (own === undefined) return;
    if (!this.#isBeingRead) {
      if (!this.#isParked) this.#isParked = this.#buffers.park();
      return;
    }
    this.#own = undefined;
    this.#unpark();
    if (pendingOn === undefined) this.#buffers.give(own);
    else pendingOn.#giveWhenDrained(own);
  }

  #unpark(): void {
    if (!this.#isParked) return;
    this.#isParked = false;
    this.#buffers.unpark();
  }

  #giveWhenDrained(buffer: Buffer): void {
    const socket = this.#socket;
    if (!this.#holdsBuffers) this.#buffers.give(buffer);
    else if (socket.destroyed || socket.writableEnded) this.#buffers.forget();
    else socket.write('', 'latin1', (error) => (error ? this.#buffers.forget() : this.#buffers.give(buffer)));
  }

  #onEnd(): void {
    // A stream may say 'end' after destroy().
    if (this.#socket.destroyed) return;
    // Nothing will be read any more, so buffers may be changed at will.
    this.#isBeingRead = true;
    if (this.#wasReset()) this.#socket.destroy(connectionReset());
    else this.handler.onEnd();
  }

  /**
   * A reset that comes with bytes before it looks like an end: libuv takes a hang-up after a short read for one. But a
   * reset socket has lost its peer, and one that was ended has not, unless we have ended it too.
   */
  #wasReset(): boolean {
    const { writable, localPort, remotePort } = this.#socket;
    return writable && localPort !== undefined && remotePort === undefined;
  }

  /** They come by way of the shared buffer, as what is read does: handlers know their own buffers from it. */
  #onUnread(bytes: Buffer): void {
    this.#unread = undefined;
    if (this.#socket.destroyed) return;
    const { shared } = this.#buffers;
    if (this.handler.onData(shared, bytes.copy(shared)) && !this.#socket.destroyed) this.resume();
  }

  #onChunk(chunk: Buffer): void {
    // A stream hands over what it has buffered even after destroy().
    if (this.#socket.destroyed) return;
    if (!this.handler.onData(chunk, chunk.length)) this.#socket.pause();
  }
}

/** What counts for the client's: what is said by a proxy in front, if anything. */
function clientEnd({ announced, remoteAddress = '', remotePort = 0 }: OpenedSocket): { host: string; port: number } {
  const source = announced?.source;
  if (source === undefined) return { host: withoutMapping(remoteAddress), port: remotePort };
  return 'host' in source ? { host: canonicalAddress(source.host) ?? '', port: source.port } : { host: '', port: 0 };
}

function withoutMapping(address: string): string {
  return address.startsWith(MAPPED_IPV4) && address.includes('.') ? address.slice(MAPPED_IPV4.length) : address;
}

function connectionReset(): Error {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' });
}
