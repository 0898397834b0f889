import { writeSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { BareWire } from './bare-wire.ts';
import { systemError, type SocketHandle, type WriteRequest } from './node-handles.ts';
import type { ReadBuffers } from './read-buffers.ts';

/** How often something was read, of whatever socket; in 32 bits, which need no memory. */
let reads = 0;

/** For the next write that the kernel takes at once, of whatever socket; one that was put to use cannot be used again. */
let unused: WriteRequest | null | undefined;

/**
 * A TCP or UNIX connection on a bare handle of Node's, without a stream around it: two streams and all that belongs to them
 * cost 100 of the 180 µs that a relayed connection needs at least.
 *
 * It reads into the one buffer of all, and writes from it by the descriptor, which tells how many bytes the kernel has
 * taken; only the others are copied. While it does not read, the end or loss of the connection goes unnoticed.
 */
export class HandleWire extends BareWire {
  readonly encrypted = false;
  /** Of the handle, as long as that is open; -1 where it has none. Asking it each time costs 1 % of an answer of 64 KiB. */
  readonly #fd: number;
  /** Where the handle puts what it reads; undefined until it reads for the first time. */
  #readable: Buffer | undefined;
  #isReading = false;
  /** Writes that the kernel has not taken whole. */
  #writes = 0;
  /** Which of all reads was the last of this socket. */
  #lastRead = 0;
  /** Whether what looked like an end was asked for again. */
  #hasAskedAgain = false;
  /** Why nothing can be written any more; told when all has been read that came before. */
  #loss: Error | undefined;

  /** @param handle - connected, not reading; it belongs to the wire from now on */
  constructor(handle: SocketHandle, buffers: ReadBuffers) {
    super(handle, buffers);
    const { node } = this;
    this.#fd = handle.fd ?? -1;
    handle.onread = () => this.#onRead(node.lastRead());
  }

  get pending(): number {
    return this.#writes === 0 || this.destroyed ? 0 : this.handle.writeQueueSize;
  }

  get isFull(): boolean {
    return this.pending > 0;
  }

  read(): void {
    if (this.#isReading || this.hasEnded || this.destroyed) return;
    if (this.#readable === undefined) this.handle.useUserBuffer((this.#readable = this.buffers.readable));
    this.#isReading = true;
    const status = this.handle.readStart();
    if (status !== 0) this.fail(status, 'read');
  }

  stopReading(): void {
    if (!this.#isReading) return;
    this.#isReading = false;
    if (!this.destroyed) this.handle.readStop();
  }

  write(data: Buffer | string): void {
    if (this.writable) this.#write(data);
  }

  writeBytes(buffer: Buffer, start: number, end: number): void {
    if (!this.writable) return;
    const from = this.#writes === 0 ? start + this.#writeNow(buffer, start, end) : start;
    if (from === end || !this.writable) return;
    for (const block of this.buffers.setAside(buffer, from, end)) this.#write(block, block);
  }

  /** The turn is over: also tells that it was closed. */
  override flush(): void {
    if (this.destroyed && !this.closed) this.onHandleClosed();
    else super.flush();
  }

  protected get isWriting(): boolean {
    return this.#writes > 0;
  }

  /** Its descriptor is closed at once. Having Node tell when libuv has forgotten it too costs 3 % of a short connection. */
  protected onClosing(): undefined {
    this.buffers.writes.add(this);
  }

  protected override onQuit(): void {
    super.onQuit();
    this.#isReading = false;
  }

  #onRead(length: number): Buffer | undefined {
    if (length <= 0) {
      if (length < 0) this.#onReadFailed(length);
      return undefined;
    }
    reads = (reads + 1) | 0;
    this.#lastRead = reads;
    const goesOn = this.handler.onData(this.buffers.shared, length);
    if (this.destroyed) return undefined;
    if (!goesOn) this.stopReading();
    const { readable } = this.buffers;
    if (readable === this.#readable) return undefined;
    this.#readable = readable;
    return readable;
  }

  #onReadFailed(status: number): void {
    if (this.destroyed) return;
    this.#isReading = false;
    if (this.#loss !== undefined) {
      this.onLost(this.#loss);
    } else if (getSystemErrorName(status) !== 'EOF') {
      this.fail(status, 'read');
    } else if (this.#lastRead === reads && !this.#hasAskedAgain && this.#hasLostPeer()) {
      this.#hasAskedAgain = true;
      this.handle.readStop();
      this.read();
    } else {
      this.onOtherEnd();
    }
  }

  /**
   * A reset that comes with bytes before it looks like an end: libuv takes a hang-up after a short read for one, before it
   * reads from any other socket. Whoever has reset the connection is no peer any more; nor is who had ended it in order
   * before, and lost what we sent after that, or who has ended like us. So the kernel is asked once more, which tells one
   * from the other.
   */
  #hasLostPeer(): boolean {
    return (this.handle.getpeername?.({}) ?? 0) !== 0;
  }

  /**
   * Who has gone may have said why before: a server that refuses an upload answers, and closes with bytes unread. So what
   * it has sent is read first.
   */
  #onWriteFailed(status: number): void {
    const name = getSystemErrorName(status);
    if (!this.#isReading || (name !== 'EPIPE' && name !== 'ECONNRESET')) {
      this.fail(status, 'write');
      return;
    }
    this.#loss ??= systemError(status, 'write');
    this.ourEnd = 'sent';
  }

  /** @returns how many bytes the kernel has taken */
  #writeNow(buffer: Buffer, start: number, end: number): number {
    if (this.#fd < 0) return 0;
    try {
      return writeSync(this.#fd, buffer, start, end - start);
    } catch (error) {
      // If it is not just full, this has taken the reason from the kernel, and nobody would learn it again.
      const errno = error instanceof Error && 'errno' in error ? Number(error.errno) : 0;
      if (errno !== 0 && getSystemErrorName(errno) !== 'EAGAIN') this.#onWriteFailed(errno);
      return 0;
    }
  }

  /** @param block - of the buffers, to be given back */
  #write(data: Buffer | string, block?: Buffer): void {
    if (this.destroyed) {
      // An earlier block could not be written.
      if (block !== undefined) this.buffers.give([block]);
      return;
    }
    const node = this.node;
    const handle = this.handle;
    const request = (unused ??= node.createWrite());
    const result =
      typeof data === 'string' ? handle.writeLatin1String(request, data) : handle.writeBuffer(request, data);
    const made = typeof result === 'number' ? request : result;
    const status = typeof result === 'number' ? result : node.lastWriteError();
    if (status === 0 && made !== null && (made === result || node.isLastWriteAsync())) {
      unused = undefined;
      this.#await(made, data, block);
      return;
    }
    if (block !== undefined) this.buffers.give([block]);
    if (status !== 0) this.#onWriteFailed(status);
  }

  #await(request: WriteRequest, data: Buffer | string, block: Buffer | undefined): void {
    this.#writes++;
    if (typeof data !== 'string') request.buffer = data;
    request.oncomplete = (status) => this.#onWritten(status, block);
    const { writeStatus } = request;
    if (typeof writeStatus !== 'number') return;
    request.writeStatus = null;
    request.oncomplete(writeStatus);
  }

  #onWritten(status: number, block: Buffer | undefined): void {
    this.#writes--;
    if (block !== undefined) this.buffers.give([block]);
    if (this.destroyed) return;
    if (status < 0) this.#onWriteFailed(status);
    else this.onTaken();
  }
}
