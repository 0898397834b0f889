import type { Socket } from 'node:net';
import { getSystemErrorName } from 'node:util';

/** Node's own record of a write that the kernel has not taken at once. */
interface WriteRequest {
  oncomplete?: (status: number) => void;
  /** -1 until it was put to use: the kernel did not take the write at once. */
  getAsyncId(): number;
}

/** The part of a socket's handle that Node does not document; the same on Node 20 to 24. */
interface WriteHandle {
  writeLatin1String(request: WriteRequest | null, text: string): number;
  /** Bytes that wait to be taken by the kernel. */
  readonly writeQueueSize: number;
}

/**
 * Node's class of write requests, which it shows to nobody: learnt from the first write that a stream makes. Null where
 * writes go without one, as on Node 26, which does by itself what is done here.
 */
let RequestClass: (new () => WriteRequest) | null | undefined;

/** For the next write that the kernel takes at once, of whatever socket; one that was put to use cannot be used again. */
let unused: WriteRequest | undefined;

/**
 * Writes texts to the handle of a plain socket, past the stream around it, whose bookkeeping would cost 0.7 µs for each
 * write that the kernel takes at once; a small proxied request has two of them, and costs 17 µs in all. This file is the
 * only one that knows of it. Where Node does not have what is needed, {@link DirectWriter.write} says no, and the stream
 * does the job.
 *
 * What the stream writes later comes out later: both end in the handle's one queue.
 */
export class DirectWriter {
  readonly #socket: Socket;
  /** Found by the first write. */
  #handle: WriteHandle | undefined;
  /** Writes that the kernel has not taken whole. */
  #queued = 0;

  /** @param socket - plain TCP or UNIX, not TLS */
  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Bytes of its writes, at least, that the kernel has not taken yet. */
  get pending(): number {
    return this.#queued === 0 ? 0 : (this.#handle?.writeQueueSize ?? 0);
  }

  /** @returns false if the stream has to write `text`, because it alone can, or has something pending */
  write(text: string): boolean {
    const socket = this.#socket;
    if (socket.writableLength > 0 || !socket.writable || socket.connecting) return false;
    const handle = (this.#handle ??= handleOf(socket));
    if (handle === undefined) return false;
    if (RequestClass === undefined) learnFrom(handle);
    if (RequestClass === undefined || RequestClass === null) return false;
    const request = (unused ??= new RequestClass());
    const failure = handle.writeLatin1String(request, text);
    if (failure !== 0) this.#fail(failure);
    else if (request.getAsyncId() !== -1) this.#await(request);
    return true;
  }

  #await(request: WriteRequest): void {
    unused = undefined;
    this.#queued++;
    request.oncomplete = (status) => {
      this.#queued--;
      if (status < 0) this.#fail(status);
    };
  }

  #fail(status: number): void {
    const code = getSystemErrorName(status);
    this.#socket.destroy(Object.assign(new Error(`write ${code}`), { code, errno: status, syscall: 'write' }));
  }
}

function handleOf(socket: Socket): WriteHandle | undefined {
  // oxlint-disable-next-line no-underscore-dangle -- Node's name
  const { _handle: handle }: { _handle?: Partial<WriteHandle> | null } & Socket = socket;
  return isWriteHandle(handle) ? handle : undefined;
}

function isWriteHandle(handle: Partial<WriteHandle> | null | undefined): handle is WriteHandle {
  return typeof handle?.writeLatin1String === 'function' && typeof handle.writeQueueSize === 'number';
}

/** Looks on while the stream makes its next write. */
function learnFrom(handle: WriteHandle): void {
  const write = handle.writeLatin1String.bind(handle);
  handle.writeLatin1String = (request, text) => {
    Reflect.deleteProperty(handle, 'writeLatin1String');
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    RequestClass = request === null ? null : (request.constructor as new () => WriteRequest);
    return write(request, text);
  };
}
