import type { Malformed } from './http-errors.ts';

/** Most heads are shorter; so much is made a string at first, lest a long body behind the head be. */
const TYPICAL_HEAD = 4096;
/** Most first lines are shorter; where the rest is known, no more than that is made a string. */
const TYPICAL_LINE = 256;
/** What has begun well for so long is not looked at again. */
const OPENING = 16;

const END_OF_HEAD = '\r\n\r\n';
const CR = 13;

/** A field section, and what it says, which nothing changes. */
export interface KnownSection<Fields> {
  readonly text: string;
  readonly fields: Fields;
}

/**
 * Finds the end of one head after the other, in whatever pieces they come. It looks at every byte once, however small the
 * pieces are, and refuses early what can never become a head: nobody has to wait for the rest of it.
 *
 * Who speaks on a connection tends to say the same fields again and again. So the last field section is remembered, and
 * one that is the same, byte by byte, is found by a comparison and need not be parsed: 1.1 µs less for a small request
 * and its response.
 */
export class HeadReader<Fields> {
  /** Begins with the whole head, one byte per character, after {@link HeadReader.read} has found its end. */
  text = '';
  /** Where the head ends in `text`, behind its empty line. */
  end = 0;
  /** What its field section says, where that is the one that was remembered. */
  fields: Fields | undefined;
  #known: KnownSection<Fields> | undefined;
  readonly #malformed: Malformed;
  readonly #canBegin: (opening: string) => boolean;
  #partial = '';
  /** The last three characters of the partial head: the end may begin there. */
  #tail = '';
  #firstLineLength = -1;

  /**
   * @param canBegin - whether a head may begin with that much, which may be less than a line
   * @param known - what the first head may say
   */
  constructor(malformed: Malformed, canBegin: (opening: string) => boolean, known?: KnownSection<Fields>) {
    this.#known = known;
    this.#malformed = malformed;
    this.#canBegin = canBegin;
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
   * @throws the error of `malformed`
   */
  read(buffer: Buffer, start: number, end: number): number {
    const expected = this.#known === undefined ? TYPICAL_HEAD : TYPICAL_LINE + this.#known.text.length;
    for (let most = expected; ; most = most < TYPICAL_HEAD ? TYPICAL_HEAD : Infinity) {
      const to = Math.min(end, start + most);
      const piece = buffer.toString('latin1', start, to);
      if (this.#partial === '' && this.#repeats(piece)) return start + this.end;
      const seam = this.#tail === '' ? piece : this.#tail + piece;
      const found = seam.indexOf(END_OF_HEAD);
      if (found !== -1) {
        const behind = found + END_OF_HEAD.length - this.#tail.length;
        // What is behind a long head may be a long body, which must not be kept with it.
        const own = to - start > TYPICAL_HEAD ? buffer.toString('latin1', start, start + behind) : piece;
        this.text = this.#partial === '' ? own : this.#partial + own;
        this.end = this.#partial.length + behind;
        this.fields = undefined;
        this.#clear();
        return start + behind;
      }
      if (to === end) {
        this.#keep(piece, seam);
        return -1;
      }
    }
  }

  /** Remembers the field section of the head that was read last, and what it says. */
  remember(fields: Fields): KnownSection<Fields> {
    if (this.#known === undefined || this.fields === undefined) {
      this.#known = { text: this.text.slice(this.text.indexOf('\n') + 1, this.end), fields };
    }
    return this.#known;
  }

  /** Whether `piece` begins with a head of the remembered field section; what lies before that is one line. */
  #repeats(piece: string): boolean {
    if (this.#known === undefined) return false;
    const { text, fields } = this.#known;
    const section = piece.indexOf('\n') + 1;
    const end = section + text.length;
    if (end > piece.length || piece.charCodeAt(section - 2) !== CR) return false;
    if (piece.slice(section, end) !== text) return false;
    this.text = piece;
    this.end = end;
    this.fields = fields;
    return true;
  }

  #keep(piece: string, seam: string): void {
    const before = this.#partial.length;
    this.#partial += piece;
    if (/[^\r]\n/.test(seam) || (this.#tail === '' && seam.startsWith('\n'))) {
      throw this.#malformed('a line that ends in a bare LF');
    }
    if (this.#firstLineLength === -1) {
      const lineEnd = seam.indexOf('\r\n');
      if (lineEnd !== -1) this.#firstLineLength = before - this.#tail.length + lineEnd;
    }
    this.#tail = seam.slice(-3);
    if (before < OPENING && !this.#canBegin(this.#partial)) throw this.#malformed('it does not begin like HTTP');
  }

  #clear(): void {
    this.#partial = '';
    this.#tail = '';
    this.#firstLineLength = -1;
  }
}
