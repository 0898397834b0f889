import type { BodyFraming } from './body-framing.ts';
import type { ChunkLimits } from './chunk-limits.ts';
import { ChunkedReader } from './chunked-reader.ts';
import type { Malformed } from './http-errors.ts';
import type { Outgoing } from './outgoing.ts';

/** Reads the body of one message after the other, whatever frames it, and passes it on. */
export class BodyReader {
  readonly #chunked: ChunkedReader;
  #framing: BodyFraming = 'none';
  #out!: Outgoing;
  #remaining = 0;
  #bytes = 0;

  constructor(malformed: Malformed, limits: ChunkLimits) {
    this.#chunked = new ChunkedReader(malformed, limits);
  }

  /** Bytes of the body, without its framing, so far. */
  get bytes(): number {
    return this.#framing === 'chunked' ? this.#chunked.dataBytes : this.#bytes;
  }

  /** Whether the body is whole. One that ends with its connection never is until {@link BodyReader.endOfConnection}. */
  get done(): boolean {
    if (this.#framing === 'chunked') return this.#chunked.done;
    return this.#framing !== 'close' && this.#remaining === 0;
  }

  /**
   * A new body begins.
   *
   * @param length - its bytes, where `framing` is `length`
   * @param out - gets it
   * @param keepChunks - whether a chunked body stays chunked
   */
  start(framing: BodyFraming, length: number, out: Outgoing, keepChunks: boolean): void {
    this.#framing = framing;
    this.#out = out;
    this.#bytes = 0;
    this.#remaining = framing === 'length' ? length : 0;
    if (framing === 'chunked') this.#chunked.start(out, keepChunks);
  }

  /**
   * Reads from `start` up to the end of the body or of the bytes.
   *
   * @returns the index of the first byte that does not belong to the body
   */
  read(buffer: Buffer, start: number, end: number): number {
    if (this.#framing === 'chunked') return this.#chunked.read(buffer, start, end);
    const length = this.#framing === 'close' ? end - start : Math.min(this.#remaining, end - start);
    if (this.#framing === 'length') this.#remaining -= length;
    this.#bytes += length;
    this.#out.bytes(buffer, start, start + length);
    return start + length;
  }

  /** The connection has ended. @returns whether the body is whole by that */
  endOfConnection(): boolean {
    if (this.#framing === 'close') this.#framing = 'none';
    return this.done;
  }
}
