/** A chunked body that is whole. */
export interface Dechunked {
  readonly data: string;
  /** Field lines. */
  readonly trailers: string;
  /** What stood behind each `;` of a size line, if there was one. */
  readonly extensions: readonly string[];
  /** Bytes of it all. */
  readonly length: number;
}

const SIZE_LINE = /([0-9A-Fa-f]{1,13})(?:;([\t\x20-\x7e\x80-\xff]*))?\r\n/y;
const TRAILERS = /((?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n)*)\r\n/y;

/**
 * Reads a chunked body (RFC 9112 §7.1) in the plainest way that there is: what the reader that is tested has to agree with.
 *
 * @returns undefined where it is malformed, has not come whole, or is beyond the limits
 */
export function dechunk(wire: string): Dechunked | undefined {
  let data = '';
  let extensionBytes = 0;
  const extensions: string[] = [];
  for (let at = 0; ;) {
    SIZE_LINE.lastIndex = at;
    const [line, digits = '', extension] = SIZE_LINE.exec(wire) ?? [];
    if (line === undefined) return undefined;
    if (extension !== undefined) {
      // Its CR counts, too.
      extensionBytes += extension.length + 1;
      extensions.push(extension);
    }
    if (extensionBytes > 4096) return undefined;
    at += line.length;
    const size = Number.parseInt(digits, 16);
    if (size === 0) return withTrailers(wire, at, { data, extensions });
    if (wire.slice(at + size, at + size + 2) !== '\r\n') return undefined;
    data += wire.slice(at, at + size);
    at += size + 2;
  }
}

function withTrailers(wire: string, at: number, read: Pick<Dechunked, 'data' | 'extensions'>): Dechunked | undefined {
  TRAILERS.lastIndex = at;
  const [section, trailers = ''] = TRAILERS.exec(wire) ?? [];
  if (section === undefined || section.length > 8192) return undefined;
  return { ...read, trailers, length: at + section.length };
}
