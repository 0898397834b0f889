import type { MessageLimits } from '@millpond/contracts';
import { HeadReader, type Known } from './head-reader.ts';
import { badRequest, headTooLarge, targetTooLong } from './http-errors.ts';
import type { RequestFields } from './request-fields.ts';
import {
  parseRequestHead,
  readRequestLine,
  REQUEST_HEADS,
  type RequestHead,
  type RequestLine,
} from './request-head.ts';

const CR = 13;
const LF = 10;

/** The field section that was parsed last, of whatever client: the next one that connects may say the same. */
export interface LatestSection {
  known?: Known<RequestFields>;
}

/** Reads the heads of one client's requests, in whatever pieces they come. */
export class RequestReader {
  /** Index of the first byte behind what {@link RequestReader.read} has read. */
  next = 0;
  readonly #heads: HeadReader<RequestFields>;
  readonly #limits: MessageLimits;
  readonly #latest: LatestSection;
  /** The last piece ended in the CR of an empty line before a head. */
  #isWithinEmptyLine = false;

  /** @param latest - of clients with the same limits */
  constructor(limits: MessageLimits, latest: LatestSection) {
    this.#limits = limits;
    this.#latest = latest;
    this.#heads = new HeadReader(REQUEST_HEADS, latest.known);
  }

  /** Whether the beginning of a head has come, and not its end. */
  get isWithinHead(): boolean {
    return this.#heads.length > 0;
  }

  /** What the request line says that was read last, to tell of a request that is refused; see {@link readRequestLine}. */
  get line(): RequestLine {
    // Before a head there is none yet; what came last is of the request before.
    return readRequestLine(this.#isWithinEmptyLine ? '' : this.#heads.latest);
  }

  /**
   * Reads up to the end of a head or of the bytes. Empty lines before a request are ignored (RFC 9112 §2.2).
   *
   * @returns the head; undefined while it is not whole
   * @throws HttpError - as {@link parseRequestHead}; what can never become a head is refused at once
   */
  read(buffer: Buffer, start: number, end: number): RequestHead | undefined {
    const from = this.isWithinHead ? start : this.#skipEmptyLines(buffer, start, end);
    const behind = from === end ? -1 : this.#heads.read(buffer, from, end);
    if (behind === -1) {
      this.next = end;
      this.#checkPartial();
      return undefined;
    }
    this.next = behind;
    const { text, end: headEnd, known } = this.#heads;
    const head = parseRequestHead(text, 0, headEnd, this.#limits, known);
    this.#latest.known = this.#heads.remember(head.fields);
    return head;
  }

  #checkPartial(): void {
    const { requestLineBytes, headBytes } = this.#limits;
    if (requestLineBytes > 0 && this.#heads.firstLineLength > requestLineBytes) throw targetTooLong(requestLineBytes);
    if (headBytes > 0 && this.#heads.length > headBytes) throw headTooLarge(`more than ${headBytes} bytes`);
  }

  #skipEmptyLines(buffer: Buffer, start: number, end: number): number {
    let at = start;
    if (this.#isWithinEmptyLine && at < end) {
      if (buffer[at] !== LF) throw badRequest('a bare CR before the request line');
      this.#isWithinEmptyLine = false;
      at++;
    }
    while (end - at >= 2 && buffer[at] === CR && buffer[at + 1] === LF) at += 2;
    if (end - at !== 1 || buffer[at] !== CR) return at;
    this.#isWithinEmptyLine = true;
    return end;
  }
}
