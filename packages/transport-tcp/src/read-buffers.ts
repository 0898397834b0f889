import { WriteBatch } from './write-batch.ts';

/**
 * Bytes in a read buffer. A message of 64 KiB fits in with its head; per MB, 64 KiB cost 15 % more, 256 KiB as much for
 * short messages and 7 % less for long ones. The system gives memory only for what is really used of it.
 */
const BUFFER_SIZE = 131_072;

/** Buffers kept for the next one that needs one; more are left to the garbage collector. */
const KEPT_BUFFERS = 256;

/** Idle sockets that may go on holding a private buffer: 8 MiB. */
const MAX_PARKED = 64;

/**
 * The buffers that sockets read into: one that all of them share for short messages, and private ones that a socket
 * leases for the duration of a long body. So an idle connection holds no buffer at all.
 *
 * One per transport. The shared buffer's content is valid only during the call that hands it over.
 */
export class ReadBuffers {
  /** What the sockets that share these buffers write at the end of the turn. */
  readonly writes = new WriteBatch();
  readonly shared: Buffer = Buffer.allocUnsafeSlow(BUFFER_SIZE);
  readonly #free: Buffer[] = [];
  #leased = 0;
  #parked = 0;

  /** Private buffers that are in use now. */
  get leased(): number {
    return this.#leased - this.#parked;
  }

  /** Private buffers that idle sockets keep. */
  get parked(): number {
    return this.#parked;
  }

  /** A buffer as large as the shared one, for one user alone, to be given back by {@link ReadBuffers.give}. */
  take(): Buffer {
    this.#leased++;
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(BUFFER_SIZE);
  }

  /** Whether a socket that goes idle may keep its private buffer, having told {@link ReadBuffers.unpark} of the last one. */
  park(): boolean {
    if (this.#parked >= MAX_PARKED) return false;
    this.#parked++;
    return true;
  }

  /** A socket that kept its buffer while it was idle uses it again, or gives it back. */
  unpark(): void {
    this.#parked--;
  }

  /** Takes a buffer back. Neither the kernel nor a pending write may still use it. */
  give(buffer: Buffer): void {
    this.#leased--;
    if (this.#free.length < KEPT_BUFFERS) this.#free.push(buffer);
  }

  /** Writes off a buffer that something may still use; the garbage collector takes it when nothing does. */
  forget(): void {
    this.#leased--;
  }
}
