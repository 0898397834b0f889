import { ProxyHeaderFault, type ProxyHeader } from './header.ts';
import { MAX_V1_LENGTH, parseV1, V1_START } from './v1.ts';
import { parseV2, V2_FIXED_LENGTH, V2_START, v2Length } from './v2.ts';

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** A header that came whole. */
export interface ParsedProxyHeader {
  readonly header: ProxyHeader;
  /** Bytes behind it that were given with it: the client's own. */
  readonly rest: Buffer;
}

/** Reads one header of the PROXY protocol, of either version, however it is cut into pieces. */
export class ProxyHeaderParser {
  #bytes: Buffer = Buffer.alloc(0);

  /**
   * Takes the next bytes, and copies what it keeps. To be called until it returns a header.
   *
   * @returns undefined while the header is not whole
   * @throws ProxyHeaderFault - it is none, or malformed; as soon as that is certain
   */
  push(chunk: Buffer): ParsedProxyHeader | undefined {
    const bytes = Buffer.concat([this.#bytes, chunk]);
    this.#bytes = bytes;
    if (beginsWith(bytes, V2_START)) return readV2(bytes);
    if (beginsWith(bytes, V1_START)) return readV1(bytes);
    throw new ProxyHeaderFault('it does not begin like one');
  }
}

/** As far as there are bytes. */
function beginsWith(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length);
  return bytes.subarray(0, length).equals(start.subarray(0, length));
}

function readV1(bytes: Buffer): ParsedProxyHeader | undefined {
  const end = bytes.subarray(0, MAX_V1_LENGTH).indexOf(LINE_FEED);
  if (end === -1) {
    if (bytes.length >= MAX_V1_LENGTH) throw new ProxyHeaderFault(`its line is longer than ${MAX_V1_LENGTH} bytes`);
    return undefined;
  }
  if (bytes[end - 1] !== CARRIAGE_RETURN) throw new ProxyHeaderFault('its line does not end in CR LF');
  return { header: parseV1(bytes.toString('latin1', 0, end - 1)), rest: bytes.subarray(end + 1) };
}

function readV2(bytes: Buffer): ParsedProxyHeader | undefined {
  if (bytes.length < V2_FIXED_LENGTH) return undefined;
  const length = v2Length(bytes);
  if (bytes.length < length) return undefined;
  return { header: parseV2(bytes.subarray(0, length)), rest: bytes.subarray(length) };
}
