/** Bytes in a read buffer: what Linux hands over at once on loopback, and a good compromise elsewhere. */
const BUFFER_SIZE = 65536;

/** Buffers kept for the next one that needs one; more are left to the garbage collector. */
const KEPT_BUFFERS = 256;

/**
 * The buffers that sockets read into: one that all of them share for short messages, and private ones that a socket
 * leases for the duration of a long body. So an idle connection holds no buffer at all.
 *
 * One per transport. The shared buffer's content is valid only during the call that hands it over.
 */
export class ReadBuffers {
  readonly shared: Buffer = Buffer.allocUnsafeSlow(BUFFER_SIZE);
  readonly #free: Buffer[] = [];
  #leased = 0;

  /** Private buffers that are in use now. */
  get leased(): number {
    return this.#leased;
  }

  /** A buffer for one socket alone, to be given back by {@link ReadBuffers.give}. */
  take(): Buffer {
    this.#leased++;
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(BUFFER_SIZE);
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
