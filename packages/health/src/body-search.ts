/** Finds a text in a body that comes in pieces, keeping no more of it than the text is long. */
export class BodySearch {
  readonly #text: string;
  #tail = '';

  constructor(text: string) {
    this.#text = text;
  }

  /** Whether the text has been there once this piece has come. */
  push(piece: string): boolean {
    const seen = this.#tail + piece;
    if (seen.includes(this.#text)) return true;
    const keep = this.#text.length - 1;
    this.#tail = keep === 0 ? '' : seen.slice(-keep);
    return false;
  }
}
