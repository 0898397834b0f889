import { WriteBatch } from './write-batch.ts';

/**
 * Bytes that are read at once, at most. Few long reads cost less than many short ones: for 1 MiB, 128 KiB take twice as
 * long as 512 KiB, which are no better than 1 MiB and still fit into a core's own cache.
 */
const READ_SIZE = 524_288;

/** Bytes before what is read: few heads are longer. */
const HEADROOM = 4096;

/** Bytes of one block of what is set aside. */
const BLOCK_SIZE = 65_536;

/** Blocks kept for what is set aside next: 8 MiB. More are left to the garbage collector. */
const KEPT_BLOCKS = 128;

/** Blocks in use, 16 MiB, from which on reads are short: many do not take what they are sent. */
const MANY_BLOCKS = 256;

/**
 * The one buffer that all sockets of a transport read into, and blocks for what has been read and is not taken where it
 * goes. So a connection that is idle, or flows, holds no buffer at all: only one whose other side is slow.
 *
 * What is in the shared buffer is valid only during the call that hands it over. It is always the same memory, which the
 * processor has at hand: 64 private buffers cost a quarter more for answers of 64 KiB.
 */
export class ReadBuffers {
  /** What the sockets that share these buffers write at the end of the turn. */
  readonly writes = new WriteBatch();
  readonly headroom = HEADROOM;
  /** {@link ReadBuffers.shared}, and so many bytes before it, in which to put what goes out with what was read. */
  readonly roomy: Buffer = Buffer.allocUnsafeSlow(HEADROOM + READ_SIZE);
  readonly shared: Buffer = this.roomy.subarray(HEADROOM);
  readonly #short = this.shared.subarray(0, BLOCK_SIZE);
  readonly #free: Buffer[] = [];
  #inUse = 0;

  /** The beginning of the shared buffer, as much as may be read at once now. */
  get readable(): Buffer {
    return this.#inUse < MANY_BLOCKS ? this.shared : this.#short;
  }

  /** Blocks that are in use now. */
  get leased(): number {
    return this.#inUse;
  }

  /** Copies bytes into blocks, each to be given back by {@link ReadBuffers.give}. */
  setAside(buffer: Buffer, start: number, end: number): Buffer[] {
    const blocks: Buffer[] = [];
    for (let from = start; from < end; from += BLOCK_SIZE) {
      const block = this.#free.pop() ?? Buffer.allocUnsafeSlow(BLOCK_SIZE);
      blocks.push(block.subarray(0, buffer.copy(block, 0, from, end)));
    }
    this.#inUse += blocks.length;
    return blocks;
  }

  /** Takes blocks back that nothing uses any more. */
  give(blocks: readonly Buffer[]): void {
    this.#inUse -= blocks.length;
    for (const block of blocks) {
      if (this.#free.length < KEPT_BLOCKS) this.#free.push(Buffer.from(block.buffer));
    }
  }
}
