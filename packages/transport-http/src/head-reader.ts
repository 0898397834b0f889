import { latin1Text } from '@millpond/transport-tcp';
import type { Malformed } from './http-errors.ts';

/** Most heads are shorter; so much is made a string at first, lest a long body behind the head be. */
const TYPICAL_HEAD = 4096;
/** Most first lines are shorter; where the rest is known, no more than that is made a string. */
const TYPICAL_LINE = 256;
/** What has begun well for so long is not looked at again. */
const OPENING = 16;

const END_OF_HEAD = '\r\n\r\n';
const CR = 13;

/** What heads there are. */
export interface HeadKind {
  readonly malformed: Malformed;
  /** Whether a head may begin with that much, which may be less than a line. */
  readonly canBegin: (opening: string) => boolean;
  /** Whether the first line differs from head to head, as the targets of requests do. The field section is known without it. */
  readonly hasOwnLine: boolean;
}

/** A field section, or a head with its first line, and what that says: one object for all that say the same. */
export interface Known<Said> {
  readonly text: string;
  readonly said: Said;
}

/**
 * Finds the end of one head after the other, in whatever pieces they come. It looks at every byte once, however small the
 * pieces are, and refuses early what can never become a head: nobody has to wait for the rest of it.
 *
 * Who speaks on a connection tends to say the same again and again. So the last head is remembered, and one that is the
 * same, byte by byte, is found by a comparison and need not be parsed.
 */
export class HeadReader<Said> {
  /** Begins with the whole head, one byte per character, after {@link HeadReader.read} has found its end. */
  text = '';
  /** Where the head ends in `text`, behind its empty line. */
  end = 0;
  /** What it says, where that is what was remembered. */
  known: Said | undefined;
  #known: Known<Said> | undefined;
  readonly #kind: HeadKind;
  #partial = '';
  /** The last three characters of the partial head: the end may begin there. */
  #tail = '';
  #firstLineLength = -1;

  /** @param known - what the first head may say */
  constructor(kind: HeadKind, known?: Known<Said>) {
    this.#kind = kind;
    this.#known = known;
  }

  /** Bytes of the head that is coming. */
  get length(): number {
    return this.#partial.length;
  }

  /** What has come of the head that is coming, or else the whole one that came last. */
  get latest(): string {
    return this.#partial === '' ? this.text : this.#partial;
  }

  /** Bytes of its first line: all that has come, where that has no end yet; its end is not counted, nor half of it. */
  get firstLineLength(): number {
    if (this.#firstLineLength !== -1) return this.#firstLineLength;
    return this.#partial.length - (this.#tail.endsWith('\r') ? 1 : 0);
  }

  /**
   * Reads up to the end of the head or of the bytes.
   *
   * @returns the index of the first byte behind the head; -1 while it is not whole
   * @throws the error of its kind for what is malformed
   */
  read(buffer: Buffer, start: number, end: number): number {
    for (let most = this.#expected; ; most = most < TYPICAL_HEAD ? TYPICAL_HEAD : Infinity) {
      const to = Math.min(end, start + most);
      const piece = latin1Text(buffer, start, to);
      if (this.#partial === '' && this.#repeats(piece)) return start + this.end;
      const seam = this.#tail === '' ? piece : this.#tail + piece;
      const found = seam.indexOf(END_OF_HEAD);
      if (found !== -1) {
        const behind = found + END_OF_HEAD.length - this.#tail.length;
        // What is behind a long head may be a long body, which must not be kept with it.
        const own = to - start > TYPICAL_HEAD ? latin1Text(buffer, start, start + behind) : piece;
        this.text = this.#partial === '' ? own : this.#partial + own;
        this.end = this.#partial.length + behind;
        this.known = undefined;
        this.#clear();
        return start + behind;
      }
      if (to === end) {
        this.#keep(piece, seam);
        return -1;
      }
    }
  }

  /** Remembers what the head says that was read last. */
  remember(said: Said): Known<Said> {
    if (this.#known === undefined || this.known === undefined) {
      const from = this.#kind.hasOwnLine ? this.text.indexOf('\n') + 1 : 0;
      this.#known = { text: this.text.slice(from, this.end), said };
    }
    return this.#known;
  }

  /** How much is made a string at first. */
  get #expected(): number {
    if (this.#known === undefined) return TYPICAL_HEAD;
    return this.#known.text.length + (this.#kind.hasOwnLine ? TYPICAL_LINE : 0);
  }

  /** Whether `piece` begins with a head that says what is remembered, and takes it for the one that was read. */
  #repeats(piece: string): boolean {
    if (this.#known === undefined) return false;
    const { text, said } = this.#known;
    const end = this.#kind.hasOwnLine ? endOfSection(piece, text) : endOfHead(piece, text);
    if (end === -1) return false;
    this.text = piece;
    this.end = end;
    this.known = said;
    return true;
  }

  #keep(piece: string, seam: string): void {
    const { malformed, canBegin } = this.#kind;
    const before = this.#partial.length;
    this.#partial += piece;
    if (/[^\r]\n/.test(seam) || (this.#tail === '' && seam.startsWith('\n'))) {
      throw malformed('a line that ends in a bare LF');
    }
    if (this.#firstLineLength === -1) {
      const lineEnd = seam.indexOf('\r\n');
      if (lineEnd !== -1) this.#firstLineLength = before - this.#tail.length + lineEnd;
    }
    this.#tail = seam.slice(-3);
    if (before < OPENING && !canBegin(this.#partial)) throw malformed('it does not begin like HTTP');
  }

  #clear(): void {
    this.#partial = '';
    this.#tail = '';
    this.#firstLineLength = -1;
  }
}

/** Where the field section `text` ends in a piece that begins with one line and has it behind that; else -1. */
function endOfSection(piece: string, text: string): number {
  const start = piece.indexOf('\n') + 1;
  const end = start + text.length;
  if (end > piece.length || piece.charCodeAt(start - 2) !== CR) return -1;
  return piece.slice(start, end) === text ? end : -1;
}

/** Where the head `text` ends in a piece of no more than its length; -1 where it is another. Slicing it costs 70 ns. */
function endOfHead(piece: string, text: string): number {
  return piece === text ? text.length : -1;
}
