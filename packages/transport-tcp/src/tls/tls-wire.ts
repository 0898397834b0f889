import { getSystemErrorName } from 'node:util';
import { BareWire } from '../socket/bare-wire.ts';
import type { SocketHandle } from '../socket/node-handles.ts';
import type { ReadBuffers } from '../socket/read-buffers.ts';
import type { TlsHandle } from './tls-handle.ts';

/** Bytes that may be pending before whoever writes should stop: some are after every write, until the next turn. */
const ROOM = 65_536;

/** Bytes that a record of TLS holds at most (RFC 8446 §5.1). */
const RECORD = 16_384;

/** A connection that speaks TLS on a bare handle of Node's, without a stream around it. */
export class TlsWire extends BareWire {
  readonly encrypted = true;
  readonly #tls: TlsHandle;
  #isReading = false;
  /** Whether the handle reads. */
  #isStarted = false;
  /** What came while nobody read: as much as OpenSSL had at hand when it was stopped. */
  readonly #held: Buffer[] = [];
  /** The end, or error, behind that. */
  #heldEnd: number | undefined;
  #isHandingOut = false;
  /** Bytes of the write that is under way, which may be one only. */
  #underWay = 0;
  /** What is written after that. */
  readonly #queue: (Buffer | string)[] = [];
  #queued = 0;

  /**
   * @param tcp - what `tls` is put on; both belong to the wire from now on
   * @param tls - not reading yet
   */
  constructor(tcp: SocketHandle, tls: TlsHandle, buffers: ReadBuffers) {
    super(tcp, buffers, tls);
    const { node } = this;
    this.#tls = tls;
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
    return this.destroyed ? 0 : this.#underWay + this.#queued;
  }

  get isFull(): boolean {
    return this.pending > ROOM;
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
    if (!this.writable || data.length === 0) return;
    if (this.#underWay === 0) {
      this.#write(data);
    } else {
      this.#queue.push(data);
      this.#queued += data.length;
    }
  }

  writeBytes(buffer: Buffer, start: number, end: number): void {
    const bytes = buffer.subarray(start, end);
    // OpenSSL copies what is written.
    this.write(this.#underWay === 0 ? bytes : Buffer.from(bytes));
  }

  protected get isWriting(): boolean {
    return this.#underWay > 0;
  }

  protected override onQuit(): void {
    super.onQuit();
    this.#isReading = false;
    this.#held.length = 0;
    this.#queue.length = 0;
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

  #write(data: Buffer | string): void {
    const node = this.node;
    const request = node.createWrite();
    let isBegun = false;
    let endedAtOnce: number | null | undefined;
    const oncomplete = (ended: number): void => {
      if (isBegun) this.#onWritten(ended);
      else endedAtOnce = ended;
    };
    // Before it is begun: one that fails on the socket has ended when it returns, and says so once.
    if (request !== null) request.oncomplete = oncomplete;
    this.#underWay = data.length;
    const result =
      typeof data === 'string' ? this.#tls.writeLatin1String(request, data) : this.#tls.writeBuffer(request, data);
    isBegun = true;
    const made = typeof result === 'number' ? request : result;
    const status = typeof result === 'number' ? result : node.lastWriteError();
    if (status !== 0 || made === null) {
      this.#underWay = 0;
      if (status !== 0) this.fail(status, 'write');
      return;
    }
    if (typeof data !== 'string') made.buffer = data;
    made.oncomplete = oncomplete;
    endedAtOnce ??= made.writeStatus;
    if (typeof endedAtOnce !== 'number') return;
    made.writeStatus = null;
    this.#onWritten(endedAtOnce);
  }

  /** Of what is queued, as much as makes a record. */
  #next(): Buffer | string | undefined {
    const [first, second] = this.#queue;
    if (first === undefined || second === undefined || first.length + second.length > RECORD)
      return this.#queue.shift();
    const parts: Buffer[] = [];
    let length = 0;
    for (const part of this.#queue) {
      length += part.length;
      if (length > RECORD) break;
      parts.push(typeof part === 'string' ? Buffer.from(part, 'latin1') : part);
    }
    this.#queue.splice(0, parts.length);
    return Buffer.concat(parts);
  }

  #onWritten(status: number): void {
    this.#underWay = 0;
    if (this.destroyed) return;
    const next = this.#next();
    if (status < 0) {
      this.fail(status, 'write');
    } else if (next === undefined) {
      this.onTaken();
    } else {
      this.#queued -= next.length;
      this.#write(next);
    }
  }
}
