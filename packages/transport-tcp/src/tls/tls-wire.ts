import { getSystemErrorName } from 'node:util';
import { BareWire } from '../socket/bare-wire.ts';
import type { SocketHandle } from '../socket/node-handles.ts';
import type { ReadBuffers } from '../socket/read-buffers.ts';
import type { TlsHandle } from './tls-handle.ts';
import { TlsWriter } from './tls-writer.ts';

/** A connection that speaks TLS on a bare handle of Node's, without a stream around it. */
export class TlsWire extends BareWire {
  readonly encrypted = true;
  readonly #tls: TlsHandle;
  readonly #writer: TlsWriter;
  #isReading = false;
  /** Whether the handle reads. */
  #isStarted = false;
  /** What came while nobody read: as much as OpenSSL had at hand when it was stopped. */
  readonly #held: Buffer[] = [];
  /** The end, or error, behind that. */
  #heldEnd: number | undefined;
  #isHandingOut = false;

  /**
   * @param tcp - what `tls` is put on; both belong to the wire from now on
   * @param tls - not reading yet
   */
  constructor(tcp: SocketHandle, tls: TlsHandle, buffers: ReadBuffers) {
    super(tcp, buffers, tls);
    const { node } = this;
    this.#tls = tls;
    this.#writer = new TlsWriter({
      node,
      tcp,
      tls,
      onTaken: () => this.onTaken(),
      onFailed: (status) => this.fail(status, 'write'),
    });
    const onread = (): undefined => {
      this.#onRead(node.lastRead());
    };
    tls.onread = onread;
    // oxlint-disable-next-line prefer-add-event-listener -- it is no EventTarget
    tls.onerror = (error) => this.onLost(error);
    tls.useUserBuffer(buffers.shared);
    // Never called while there is TLS on it; it keeps this, and with it `tls`, for as long as the handle is open.
    tcp.onread = onread;
  }

  get pending(): number {
    return this.destroyed ? 0 : this.#writer.pending;
  }

  get isFull(): boolean {
    return !this.destroyed && this.#writer.isFull;
  }

  read(): void {
    if (this.#isReading || this.hasEnded || this.destroyed) return;
    this.#isReading = true;
    if (this.#held.length > 0 || this.#heldEnd !== undefined) this.#handOutSoon();
    else this.#startReading();
  }

  stopReading(): void {
    if (!this.#isReading) return;
    this.#isReading = false;
    if (this.#isStarted && !this.destroyed) this.#tls.readStop();
    this.#isStarted = false;
  }

  write(data: Buffer | string): void {
    if (this.writable && data.length > 0) this.#writer.write(data);
  }

  writeBytes(buffer: Buffer, start: number, end: number): void {
    if (this.writable && start < end) this.#writer.writeBytes(buffer.subarray(start, end));
  }

  protected get isWriting(): boolean {
    return this.#writer.isWriting;
  }

  protected override onQuit(): void {
    super.onQuit();
    this.#isReading = false;
    this.#held.length = 0;
    this.#writer.stop();
  }

  /** OpenSSL may be used until then. */
  protected onClosing(): () => void {
    return () => this.onHandleClosed();
  }

  protected override onHandleClosed(): void {
    this.#tls.destroySSL();
    super.onHandleClosed();
  }

  #startReading(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    const status = this.#tls.readStart();
    if (status !== 0) this.fail(status, 'read');
  }

  #onRead(length: number): void {
    if (this.destroyed || length === 0) return;
    const isAwaited = this.#isReading && this.#held.length === 0;
    if (length < 0) {
      if (isAwaited) this.#onReadEnded(length);
      else this.#heldEnd ??= length;
    } else if (isAwaited) {
      if (!this.handler.onData(this.buffers.shared, length)) this.stopReading();
    } else {
      this.#held.push(Buffer.from(this.buffers.shared.subarray(0, length)));
    }
  }

  #handOutSoon(): void {
    if (this.#isHandingOut) return;
    this.#isHandingOut = true;
    setImmediate(() => {
      this.#isHandingOut = false;
      this.#handOut();
    });
  }

  #handOut(): void {
    while (this.#isReading && !this.destroyed) {
      const bytes = this.#held.shift();
      if (bytes === undefined) break;
      if (!this.handler.onData(bytes, bytes.length)) this.stopReading();
    }
    if (!this.#isReading || this.destroyed) return;
    if (this.#heldEnd === undefined) this.#startReading();
    else this.#onReadEnded(this.#heldEnd);
  }

  #onReadEnded(status: number): void {
    if (this.hasEnded) return;
    this.#isReading = false;
    this.#isStarted = false;
    if (getSystemErrorName(status) !== 'EOF') {
      this.fail(status, 'read');
      return;
    }
    this.onOtherEnd();
  }
}
