import type { NodeHandles, SocketHandle, WriteRequest } from '../socket/node-handles.ts';
import type { TlsHandle } from './tls-handle.ts';

/** Bytes that may be pending before whoever writes should stop: some are after every write, until the next turn. */
const ROOM = 65_536;

/** Bytes that a record of TLS holds at most (RFC 8446 §5.1). */
const RECORD = 16_384;

/** What a {@link TlsWriter} works with. */
export interface TlsWriterOptions {
  readonly node: NodeHandles;
  /** What `tls` is put on. */
  readonly tcp: SocketHandle;
  readonly tls: TlsHandle;
  /** Nothing is being written any more. Called only if somebody has asked by {@link TlsWriter.isWriting}. */
  readonly onTaken: () => void;
  readonly onFailed: (status: number) => void;
}

/**
 * Writes to a TLS handle, which takes one write at a time: what comes meanwhile is queued, and joined.
 *
 * A short write that the kernel takes at once is over with the turn. Nobody is called back for it, which would cost 1 µs:
 * who wants to know asks.
 */
export class TlsWriter {
  readonly #options: TlsWriterOptions;
  readonly #onComplete = (status: number): void => this.#onEnded(status);
  /** The write that was begun last, which may be over. */
  #request: WriteRequest | undefined;
  /** Its bytes. */
  #begun = 0;
  /** Of an earlier text, and over: it can serve again. Node 26 makes its own. */
  #reusable: WriteRequest | undefined;
  #isBeginning = false;
  /** How the write has ended that is being begun. */
  #endedAtOnce: number | undefined;
  /** What is written after it. */
  readonly #queue: (Buffer | string)[] = [];
  #queued = 0;
  #isStopped = false;

  constructor(options: TlsWriterOptions) {
    this.#options = options;
  }

  /** Bytes that are not known to be with the kernel. */
  get pending(): number {
    return this.#isUnderWay() ? this.#begun + this.#queued : 0;
  }

  /** Whether so much is pending that no more should be written. */
  get isFull(): boolean {
    return this.#begun + this.#queued > ROOM && this.pending > ROOM;
  }

  /** Whether something is being written. Who has asked is told by `onTaken` when it is not any more. */
  get isWriting(): boolean {
    if (this.#request === undefined || !this.#isUnderWay()) return false;
    this.#request.oncomplete = this.#onComplete;
    return true;
  }

  /** A buffer must stay as it is. */
  write(data: Buffer | string): void {
    if (this.isWriting) {
      this.#queue.push(data);
      this.#queued += data.length;
    } else {
      this.#begin(data, false);
    }
  }

  /** The buffer may be used for others afterwards. */
  writeBytes(bytes: Buffer): void {
    // OpenSSL copies what is written.
    this.write(this.#isUnderWay() ? Buffer.from(bytes) : bytes);
  }

  /** Forgets what is queued, and does nothing any more. */
  stop(): void {
    this.#isStopped = true;
    this.#queue.length = 0;
  }

  #isUnderWay(): boolean {
    return this.#request !== undefined && this.#request.getAsyncId() >= 0;
  }

  /** @param isAwaited - whether somebody wants to know when it is over */
  #begin(data: Buffer | string, isAwaited: boolean): void {
    const { node, tcp, tls, onFailed } = this.#options;
    const isText = typeof data === 'string';
    const request = (isText ? this.#reusable : undefined) ?? node.createWrite();
    // Before it is begun: one that fails on the socket has ended when it returns, and says so once.
    if (request !== null) request.oncomplete = this.#onComplete;
    this.#endedAtOnce = undefined;
    this.#isBeginning = true;
    const result = isText ? tls.writeLatin1String(request, data) : tls.writeBuffer(request, data);
    this.#isBeginning = false;
    const made = typeof result === 'number' ? request : result;
    const status = typeof result === 'number' ? result : node.lastWriteError();
    if (status !== 0 || made === null) {
      if (status !== 0) onFailed(status);
      return;
    }
    this.#request = made;
    this.#begun = data.length;
    if (!isText) made.buffer = data;
    else if (request !== null) this.#reusable = request;
    const endedAtOnce = this.#endedAtOnce ?? made.writeStatus;
    if (typeof endedAtOnce === 'number') {
      made.writeStatus = null;
      this.#onEnded(endedAtOnce);
      return;
    }
    // If the kernel has it, nothing can go wrong any more.
    const isSafe = data.length <= RECORD && tcp.writeQueueSize === 0;
    made.oncomplete = isSafe && !isAwaited ? undefined : this.#onComplete;
  }

  #onEnded(status: number): void {
    if (this.#isBeginning) {
      this.#endedAtOnce = status;
      return;
    }
    this.#request = undefined;
    // Node is not done with it before this returns.
    this.#reusable = undefined;
    if (this.#isStopped) return;
    const next = this.#next();
    if (status < 0) {
      this.#options.onFailed(status);
    } else if (next === undefined) {
      this.#options.onTaken();
    } else {
      this.#queued -= next.length;
      this.#begin(next, true);
    }
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
}
