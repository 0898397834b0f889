import type { ChunkLimits } from './chunk-limits.ts';
import { fieldSectionEnd, removeAllFields } from './field-block.ts';
import type { Malformed } from './http-errors.ts';
import type { Outgoing } from './outgoing.ts';

/** 13 hexadecimal digits are 52 bits: no size can wrap. */
const MAX_SIZE_DIGITS = 13;

const NOWHERE = -1;

const TAB = 9;
const CR = 13;
const LF = 10;
const SEMICOLON = 59;
const DEL = 127;

/** Fields that frame, route or authorise mean nothing in a trailer, and nobody may take them for headers (RFC 9110 §6.5.1). */
const NOT_IN_TRAILERS: ReadonlySet<string> = new Set([
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'cookie',
  'expect',
  'forwarded',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Whether a trailer of that name, in lower case, stays behind; the same with underscores, as CGI knows no difference. */
function isDropped(name: string): boolean {
  const usual = name.replaceAll('_', '-');
  return NOT_IN_TRAILERS.has(usual) || usual.startsWith('x-forwarded-');
}

type State = 'size' | 'extension' | 'size-lf' | 'data' | 'data-cr' | 'data-lf' | 'trailers' | 'done';

/**
 * Reads a chunked body (RFC 9112 §7.1) and passes it on, as chunks or as plain bytes. Chunks go out as they came where
 * that is possible without a copy; extensions are dropped, and trailers too where chunks are. Sizes are hexadecimal digits and nothing else; every line ends
 * in CR LF and never in a bare LF (CVE-2025-22871, CVE-2025-55315).
 */
export class ChunkedReader {
  /** Bytes of the body itself, so far. */
  dataBytes = 0;
  readonly #malformed: Malformed;
  /** Extensions mean nothing to anyone, so many of them are an attack (CVE-2024-22019). */
  readonly #maxExtensionBytes: number;
  readonly #maxTrailerBytes: number;
  #out!: Outgoing;
  #keepChunks = true;
  #state: State = 'done';
  #size = 0;
  #digits = 0;
  #extensionBytes = 0;
  #trailers = '';
  /** Where chunks begin, in the buffer that is being read, that are passed on as they came and have not been yet. */
  #run = NOWHERE;
  /** Where the size line begins that is being read, if it is in this buffer as a whole and goes out as it came. */
  #lineStart = NOWHERE;

  constructor(malformed: Malformed, { chunkExtensionBytes, trailerBytes }: ChunkLimits) {
    this.#malformed = malformed;
    this.#maxExtensionBytes = chunkExtensionBytes === 0 ? Infinity : chunkExtensionBytes;
    this.#maxTrailerBytes = trailerBytes === 0 ? Infinity : trailerBytes;
  }

  get done(): boolean {
    return this.#state === 'done';
  }

  /** A new body begins. @param keepChunks - whether `out` gets chunks or plain bytes */
  start(out: Outgoing, keepChunks: boolean): void {
    this.#out = out;
    this.#keepChunks = keepChunks;
    this.dataBytes = 0;
    this.#extensionBytes = 0;
    this.#trailers = '';
    this.#beginSize();
  }

  /**
   * Reads from `start` up to the end of the body or of the bytes.
   *
   * @returns the index of the first byte that does not belong to the body
   * @throws the error of `malformed`
   */
  read(buffer: Buffer, start: number, end: number): number {
    this.#run = this.#keepChunks && this.#isWithinChunk ? start : NOWHERE;
    this.#lineStart = this.#state === 'size' && this.#digits === 0 ? start : NOWHERE;
    let at = start;
    while (at < end) {
      if (this.#state === 'data') at = this.#readData(buffer, at, end);
      else if (this.#state === 'trailers') return this.#readTrailers(buffer, at, end);
      else if (this.#state === 'done') return at;
      else this.#readByte(buffer, at++);
    }
    this.#flushRun(buffer, this.#isWithinChunk || this.#lineStart === NOWHERE ? end : this.#lineStart);
    return end;
  }

  get #isWithinChunk(): boolean {
    return this.#state === 'data' || this.#state === 'data-cr' || this.#state === 'data-lf';
  }

  #readData(buffer: Buffer, start: number, end: number): number {
    const length = Math.min(this.#size, end - start);
    if (!this.#keepChunks) this.#out.bytes(buffer, start, start + length);
    this.dataBytes += length;
    this.#size -= length;
    if (this.#size === 0) this.#state = 'data-cr';
    return start + length;
  }

  #readByte(buffer: Buffer, at: number): void {
    const byte = buffer[at] ?? NOWHERE;
    switch (this.#state) {
      case 'size':
        this.#readSizeByte(byte);
        break;
      case 'extension':
        this.#readExtensionByte(byte);
        this.#dropSizeLine(buffer);
        break;
      case 'size-lf':
        if (byte !== LF) throw this.#malformed('a chunk size that does not end in CR LF');
        this.#endSizeLine(buffer, at + 1);
        break;
      case 'data-cr':
        if (byte !== CR) throw this.#malformed('a chunk longer than its size');
        this.#state = 'data-lf';
        break;
      default:
        if (byte !== LF) throw this.#malformed('a chunk that does not end in CR LF');
        this.#beginSize();
        this.#lineStart = at + 1;
    }
  }

  #beginSize(): void {
    this.#state = 'size';
    this.#size = 0;
    this.#digits = 0;
  }

  #readSizeByte(byte: number): void {
    const digit = hexDigit(byte);
    if (digit >= 0) {
      if (++this.#digits > MAX_SIZE_DIGITS) throw this.#malformed('a chunk size of too many digits');
      this.#size = this.#size * 16 + digit;
      return;
    }
    if (this.#digits === 0) throw this.#malformed('a chunk without a size');
    if (byte === CR) this.#state = 'size-lf';
    else if (byte === SEMICOLON) this.#state = 'extension';
    else throw this.#malformed('a chunk size that is not hexadecimal');
  }

  #readExtensionByte(byte: number): void {
    if (++this.#extensionBytes > this.#maxExtensionBytes) {
      throw this.#malformed(`more than ${this.#maxExtensionBytes} bytes of chunk extensions`);
    }
    if (byte === CR) this.#state = 'size-lf';
    else if ((byte < 32 && byte !== TAB) || byte === DEL) {
      throw this.#malformed('a control character in a chunk extension');
    }
  }

  /** The size line is not passed on as it came: it has an extension, or is the last one. */
  #dropSizeLine(buffer: Buffer): void {
    if (this.#lineStart !== NOWHERE) this.#flushRun(buffer, this.#lineStart);
    this.#lineStart = NOWHERE;
  }

  #endSizeLine(buffer: Buffer, next: number): void {
    if (this.#size === 0) {
      this.#dropSizeLine(buffer);
      this.#state = 'trailers';
      return;
    }
    this.#state = 'data';
    if (!this.#keepChunks) return;
    if (this.#lineStart === NOWHERE) {
      this.#out.text(`${this.#size.toString(16)}\r\n`);
      this.#run = next;
    } else if (this.#run === NOWHERE) {
      this.#run = this.#lineStart;
    }
  }

  #flushRun(buffer: Buffer, end: number): void {
    if (this.#run !== NOWHERE) this.#out.bytes(buffer, this.#run, end);
    this.#run = NOWHERE;
  }

  #readTrailers(buffer: Buffer, start: number, end: number): number {
    const carried = this.#trailers.length;
    const text = this.#trailers + buffer.toString('latin1', start, Math.min(end, start + this.#maxTrailerBytes + 1));
    const sectionEnd = text.startsWith('\r\n') ? 2 : text.indexOf('\r\n\r\n') + 4;
    const isWhole = sectionEnd >= 4 || text.startsWith('\r\n');
    if ((isWhole ? sectionEnd : text.length) > this.#maxTrailerBytes) {
      throw this.#malformed(`more than ${this.#maxTrailerBytes} bytes of trailers`);
    }
    if (!isWhole) {
      // What can never become trailers is refused at once.
      const seam = text.slice(Math.max(0, carried - 1));
      if (/[^\r]\n/.test(seam) || text.startsWith('\n')) throw this.#malformed('a trailer that ends in a bare LF');
      this.#trailers = text;
      return end;
    }
    if (fieldSectionEnd(text, 0) !== sectionEnd) throw this.#malformed('a trailer line is not "name: value"');
    if (this.#keepChunks)
      this.#out.text(`0\r\n${removeAllFields(text.slice(0, sectionEnd - 2), { has: isDropped })}\r\n`);
    this.#state = 'done';
    return start + sectionEnd - carried;
  }
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
