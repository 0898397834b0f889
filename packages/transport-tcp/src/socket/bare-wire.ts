import { getSystemErrorName } from 'node:util';
import type { Address } from '@millpond/contracts';
import { localAddressOf, nodeHandles, systemError } from './node-handles.ts';
import type { ByteHandle, NodeHandles, SocketHandle } from './node-handles.ts';
import { IGNORE, type SocketHandler } from './socket-handler.ts';
import type { ReadBuffers } from './read-buffers.ts';
import type { Wire } from './wire.ts';
import type { Flushable } from './write-batch.ts';

/** What connections on bare handles have in common, plain or within TLS: how they end, and who is told. */
export abstract class BareWire implements Wire, Flushable {
  handler: SocketHandler = IGNORE;
  onClosed: (() => void) | undefined;
  abstract readonly encrypted: boolean;
  destroyed = false;
  closed = false;
  protected readonly node: NodeHandles;
  /** The socket. */
  protected readonly handle: SocketHandle;
  /** What is read and written: the socket itself, or the TLS on it. */
  protected readonly bytes: ByteHandle;
  protected readonly buffers: ReadBuffers;
  /** The other side has ended. */
  protected hasEnded = false;
  /** How far the end of our side has got: not wanted, waiting behind what is pending, under way, sent. */
  protected ourEnd: 'open' | 'waiting' | 'under way' | 'sent' = 'open';
  #closesSoon = false;
  #drainAsked = false;
  #error: Error | undefined;

  /** @param handle - connected, not reading; it belongs to the wire from now on, as `bytes` does */
  constructor(handle: SocketHandle, buffers: ReadBuffers, bytes: ByteHandle = handle) {
    // There is no handle without it.
    if (nodeHandles === undefined) throw new TypeError('This Node.js has no bare handles.');
    this.node = nodeHandles;
    this.handle = handle;
    this.bytes = bytes;
    this.buffers = buffers;
  }

  abstract get pending(): number;
  abstract get isFull(): boolean;
  abstract read(): void;
  abstract stopReading(): void;
  abstract write(data: Buffer | string): void;
  abstract writeBytes(buffer: Buffer, start: number, end: number): void;

  get localAddress(): Address | undefined {
    return this.destroyed ? undefined : localAddressOf(this.handle);
  }

  get writable(): boolean {
    return this.ourEnd === 'open' && !this.destroyed;
  }

  notifyDrain(): void {
    if (this.#drainAsked || !this.writable) return;
    this.#drainAsked = true;
    if (!this.isWriting) process.nextTick(() => this.onTaken());
  }

  end(): void {
    if (!this.writable) return;
    this.ourEnd = 'waiting';
    // Not before all is written: a handle that is about to end cannot be reset.
    if (!this.isWriting) this.#endWithTurn();
  }

  closeSoon(): void {
    // The kernel sends what it has, and then the end. TLS has an end of its own to tell.
    if (this.ourEnd === 'sent' || !(this.encrypted || this.isWriting)) {
      this.destroy();
      return;
    }
    this.#closesSoon = true;
    this.end();
  }

  destroy(): void {
    if (this.destroyed) return;
    this.onQuit();
    this.handle.close(this.onClosing());
  }

  /** TLS cannot be reset, but the socket can, and takes it along. */
  reset(): void {
    if (this.destroyed) return;
    if (this.handle.reset === undefined || this.ourEnd === 'under way') {
      this.destroy();
      return;
    }
    this.onQuit();
    this.handle.reset(this.onClosing());
  }

  /** The turn is over: sends the end of our side, if it is wanted and nothing is in its way. */
  flush(): void {
    if (this.ourEnd === 'waiting' && !this.isWriting && !this.destroyed) this.#sendEnd();
  }

  /** Whether something is being written: what ends waits for it. Who has asked is told by {@link BareWire.onTaken}. */
  protected abstract get isWriting(): boolean;

  /** Nothing is being written any more. */
  protected onTaken(): void {
    if (this.isWriting || this.destroyed) return;
    if (this.#drainAsked) {
      this.#drainAsked = false;
      this.handler.onDrain();
    }
    if (this.ourEnd === 'waiting' && !this.isWriting && !this.destroyed) this.#endWithTurn();
  }

  protected onOtherEnd(): void {
    this.hasEnded = true;
    this.handler.onEnd();
    if (this.ourEnd === 'sent' || (this.ourEnd === 'waiting' && !this.isWriting)) this.destroy();
  }

  protected fail(status: number, syscall: string): void {
    this.onLost(systemError(status, syscall));
  }

  protected onLost(error: Error): void {
    this.#error ??= error;
    this.destroy();
  }

  /** It is about to be closed. */
  protected onQuit(): void {
    this.destroyed = true;
  }

  /** The handle is about to be closed. @returns what it is to call then; undefined where it is told otherwise */
  protected abstract onClosing(): (() => void) | undefined;

  protected onHandleClosed(): void {
    this.closed = true;
    this.onClosed?.();
    this.handler.onClose(this.#error);
  }

  /**
   * Mostly the other side has ended by the end of the turn, and to close does for both. And OpenSSL has nothing left by
   * then that it has read and not handed out, which it would drop.
   */
  #endWithTurn(): void {
    this.buffers.writes.add(this);
  }

  #sendEnd(): void {
    this.ourEnd = 'under way';
    const request = this.node.createShutdown();
    request.oncomplete = () => this.#onEndSent();
    const status = this.bytes.shutdown(request);
    if (status === 0) return;
    // Done at once, or no connection any more: reading tells.
    if (status === 1 || getSystemErrorName(status) === 'ENOTCONN') process.nextTick(() => this.#onEndSent());
    else this.fail(status, 'shutdown');
  }

  #onEndSent(): void {
    if (this.destroyed) return;
    this.ourEnd = 'sent';
    if (this.#closesSoon || this.hasEnded) this.destroy();
  }
}
