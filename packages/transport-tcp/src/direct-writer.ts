import { writeSync } from 'node:fs';
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
  /** Its descriptor; -1 when it is closed. Windows has none. */
  readonly fd?: number;
}

/**
 * Node's class of write requests, which it shows to nobody: learnt from the first write that a stream makes. Null where
 * writes go without one, as on Node 26, which does by itself what is done here.
 */
let RequestClass: (new () => WriteRequest) | null | undefined;

/** For the next write that the kernel takes at once, of whatever socket; one that was put to use cannot be used again. */
let unused: WriteRequest | undefined;

/**
 * Writes to a plain socket past the stream around it. This file is the only one that knows of how that is done. Where
 * Node does not have what is needed, or something is pending, it says no, and the stream does the job; what that writes
 * later comes out later.
 *
 * Texts go to the socket's handle: the bookkeeping of the stream would cost 0.7 µs for each write that the kernel takes at
 * once; a small proxied request has two of them, and costs 17 µs in all.
 *
 * Bytes go to its descriptor, which tells how many the kernel has taken. A stream keeps the others where they are, so
 * everything that is written had to be copied first, or read into a buffer that nobody else reads into.
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
    const handle = this.#idleHandle();
    if (handle === undefined) return false;
    if (RequestClass === undefined) learnFrom(handle);
    if (RequestClass === undefined || RequestClass === null) return false;
    const request = (unused ??= new RequestClass());
    const failure = handle.writeLatin1String(request, text);
    if (failure !== 0) this.#fail(failure);
    else if (request.getAsyncId() !== -1) this.#await(request);
    return true;
  }

  /**
   * Writes the bytes from `start` to `end` of a buffer, which may be changed afterwards.
   *
   * @returns how many the kernel has taken; the stream has to write the others
   */
  writeBytes(buffer: Buffer, start: number, end: number): number {
    const fd = this.#idleHandle()?.fd ?? -1;
    if (fd < 0 || this.#queued > 0) return 0;
    try {
      return writeSync(fd, buffer, start, end - start);
    } catch {
      // Full for now, or broken: then the stream finds out what is wrong, and tells.
      return 0;
    }
  }

  /** The handle, if something may be written to it past the stream. */
  #idleHandle(): WriteHandle | undefined {
    const socket = this.#socket;
    if (socket.writableLength > 0 || !socket.writable || socket.connecting) return undefined;
    return (this.#handle ??= handleOf(socket));
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
