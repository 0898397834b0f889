import { fieldSectionEnd, removeAllFields } from './field-block.ts';
import type { Malformed } from './http-errors.ts';
import type { Outgoing } from './outgoing.ts';

/** Bytes of chunk extensions in one message; they mean nothing to anyone, so more is an attack (CVE-2024-22019). */
const MAX_EXTENSION_BYTES = 4096;
const MAX_TRAILER_BYTES = 8192;
/** 13 hexadecimal digits are 52 bits: no size can wrap. */
const MAX_SIZE_DIGITS = 13;

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
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
]);

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
  #out!: Outgoing;
  #keepChunks = true;
  #state: State = 'done';
  #size = 0;
  #digits = 0;
  #extensionBytes = 0;
  #trailers = '';

  constructor(malformed: Malformed) {
    this.#malformed = malformed;
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
    // Bytes [run, at) are chunks as they came, not passed on yet; -1 while there are none.
    let run = this.#keepChunks && this.#state.startsWith('data') ? start : -1;
    // Where the size line that is being read began; -1 if that was in an earlier buffer.
    let lineStart = this.#state === 'size' && this.#digits === 0 ? start : -1;
    let at = start;
    while (at < end) {
      switch (this.#state) {
        case 'size':
          this.#readSizeByte(buffer[at++]!);
          break;
        case 'extension':
          this.#readExtensionByte(buffer[at++]!);
          lineStart = this.#dropRun(buffer, run, lineStart);
          run = -1;
          break;
        case 'size-lf':
          if (buffer[at++] !== LF) throw this.#malformed('a chunk size that does not end in CR LF');
          if (this.#size === 0) {
            this.#flushRun(buffer, run, lineStart === -1 ? at : lineStart);
            run = -1;
            this.#state = 'trailers';
            break;
          }
          this.#state = 'data';
          if (!this.#keepChunks) break;
          if (lineStart === -1) {
            this.#out.text(`${this.#size.toString(16)}\r\n`);
            run = at;
          } else if (run === -1) {
            run = lineStart;
          }
          break;
        case 'data': {
          const length = Math.min(this.#size, end - at);
          if (!this.#keepChunks) this.#out.bytes(buffer, at, at + length);
          at += length;
          this.dataBytes += length;
          this.#size -= length;
          if (this.#size === 0) this.#state = 'data-cr';
          break;
        }
        case 'data-cr':
          if (buffer[at++] !== CR) throw this.#malformed('a chunk longer than its size');
          this.#state = 'data-lf';
          break;
        case 'data-lf':
          if (buffer[at++] !== LF) throw this.#malformed('a chunk that does not end in CR LF');
          this.#beginSize();
          lineStart = at;
          break;
        case 'trailers':
          return this.#readTrailers(buffer, at, end);
        case 'done':
          return at;
      }
    }
    this.#flushRun(buffer, run, this.#state.startsWith('data') || lineStart === -1 ? end : lineStart);
    return end;
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
    if (++this.#extensionBytes > MAX_EXTENSION_BYTES) throw this.#malformed('too many chunk extensions');
    if (byte === CR) this.#state = 'size-lf';
    else if ((byte < 32 && byte !== TAB) || byte === DEL) {
      throw this.#malformed('a control character in a chunk extension');
    }
  }

  /** Passes on what came before a size line that has an extension, so that the line itself is said anew. */
  #dropRun(buffer: Buffer, run: number, lineStart: number): -1 {
    if (lineStart !== -1) this.#flushRun(buffer, run, lineStart);
    return -1;
  }

  #flushRun(buffer: Buffer, run: number, end: number): void {
    if (run !== -1) this.#out.bytes(buffer, run, end);
  }

  #readTrailers(buffer: Buffer, start: number, end: number): number {
    const carried = this.#trailers.length;
    const text = this.#trailers + buffer.toString('latin1', start, Math.min(end, start + MAX_TRAILER_BYTES + 1));
    const sectionEnd = text.startsWith('\r\n') ? 2 : text.indexOf('\r\n\r\n') + 4;
    if (sectionEnd < 4 && !text.startsWith('\r\n')) {
      if (text.length > MAX_TRAILER_BYTES) throw this.#malformed('trailers that are too long');
      this.#trailers = text;
      return end;
    }
    if (fieldSectionEnd(text, 0) !== sectionEnd) throw this.#malformed('a trailer line is not "name: value"');
    if (this.#keepChunks) this.#out.text(`0\r\n${removeAllFields(text.slice(0, sectionEnd - 2), NOT_IN_TRAILERS)}\r\n`);
    this.#state = 'done';
    return start + sectionEnd - carried;
  }
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
