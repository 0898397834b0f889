import { isIPv4 } from 'node:net';
import type { Address } from '@millpond/contracts';
import { addressText, ipv4Bytes, ipv6Bytes } from './address-bytes.ts';
import { ProxyHeaderFault, type ProxyHeader } from './header.ts';
import { encodeTlvs, parseTlvs } from './tlvs.ts';

/** How every header of version 2 begins. */
export const V2_START = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');

/** Bytes up to the end of the length. */
export const V2_FIXED_LENGTH = 16;

/** Bytes that are taken behind the length. Senders stay far below, unless they pass on certificates. */
const MAX_V2_REST = 16_384;

/** Bytes of the path of a UNIX socket, zeros behind it. */
const PATH_LENGTH = 108;

const LOCAL = 0x20;
const PROXY = 0x21;

/** The upper half of the byte that says what addresses follow; the lower is 1 for streams, 2 for datagrams. */
const UNSPEC = 0x00;
const INET = 0x10;
const INET6 = 0x20;
const UNIX = 0x30;
const STREAM = 0x01;
const DATAGRAM = 0x02;

/** Families with what they carry, as far as they are defined. */
const KINDS = new Set([UNSPEC, ...[INET, INET6, UNIX].flatMap((family) => [family | STREAM, family | DATAGRAM])]);

/** Bytes of one address by family; its port, where it has one, stands behind both. */
const ADDRESS_LENGTHS = new Map([
  [INET, 4],
  [INET6, 16],
  [UNIX, PATH_LENGTH],
]);

/** The length of a whole header, of which the first 16 bytes are given. @throws ProxyHeaderFault */
export function v2Length(start: Buffer): number {
  const command = start.readUInt8(12);
  if (command !== LOCAL && command !== PROXY)
    throw new ProxyHeaderFault('its version is not 2, or its command unknown');
  // Of a LOCAL one, everything else is to be ignored.
  if (command === PROXY && !KINDS.has(start.readUInt8(13))) throw new ProxyHeaderFault('its address family is unknown');
  const rest = start.readUInt16BE(14);
  if (rest > MAX_V2_REST) throw new ProxyHeaderFault(`it is longer than ${MAX_V2_REST} bytes`);
  return V2_FIXED_LENGTH + rest;
}

/** Reads a whole header of version 2, whose length is that of {@link v2Length}. @throws ProxyHeaderFault */
export function parseV2(header: Buffer): ProxyHeader {
  const local = header.readUInt8(12) === LOCAL;
  const kind = header.readUInt8(13);
  const family = kind & 0xf0;
  const size = ADDRESS_LENGTHS.get(family);
  // What follows is to be ignored then, whatever it is.
  if (local || size === undefined) return { source: undefined, destination: undefined, local, tlvs: [] };
  const source = header.subarray(V2_FIXED_LENGTH, V2_FIXED_LENGTH + size);
  const destination = header.subarray(V2_FIXED_LENGTH + size, V2_FIXED_LENGTH + 2 * size);
  const ports = V2_FIXED_LENGTH + 2 * size;
  const end = family === UNIX ? ports : ports + 4;
  if (header.length < end) throw new ProxyHeaderFault('it ends within its addresses');
  const toAddress = (bytes: Buffer, portAt: number): Address =>
    family === UNIX ? { path: pathOf(bytes) } : { host: addressText(bytes), port: header.readUInt16BE(portAt) };
  return {
    source: toAddress(source, ports),
    destination: toAddress(destination, ports + 2),
    ...((kind & DATAGRAM) !== 0 && { datagram: true }),
    tlvs: parseTlvs(header, end),
  };
}

/** Writes a header of version 2. Its facts must fit into {@link MAX_V2_REST} bytes. */
export function encodeV2({ source, destination, local = false, datagram = false, tlvs }: ProxyHeader): Buffer {
  const [family, addresses] = local ? UNKNOWN_ENDS : encodeEnds(source, destination);
  const rest = Buffer.concat([addresses, encodeTlvs(local || family === UNSPEC ? [] : tlvs)]);
  const fixed = Buffer.alloc(4);
  fixed.writeUInt8(local ? LOCAL : PROXY, 0);
  fixed.writeUInt8(family === UNSPEC ? UNSPEC : family | (datagram ? DATAGRAM : STREAM), 1);
  fixed.writeUInt16BE(rest.length, 2);
  return Buffer.concat([V2_START, fixed, rest]);
}

type Ends = readonly [family: number, bytes: Buffer];

const UNKNOWN_ENDS: Ends = [UNSPEC, Buffer.alloc(0)];

function encodeEnds(source: Address | undefined, destination: Address | undefined): Ends {
  if (source === undefined || destination === undefined) return UNKNOWN_ENDS;
  if ('path' in source) {
    return 'path' in destination
      ? [UNIX, Buffer.concat([pathBytes(source.path), pathBytes(destination.path)])]
      : UNKNOWN_ENDS;
  }
  if ('path' in destination) return UNKNOWN_ENDS;
  const isV4 = isIPv4(source.host) && isIPv4(destination.host);
  const toBytes = isV4 ? ipv4Bytes : ipv6Bytes;
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(source.port, 0);
  ports.writeUInt16BE(destination.port, 2);
  return [isV4 ? INET : INET6, Buffer.concat([toBytes(source.host), toBytes(destination.host), ports])];
}

/** One byte per character: a path need not be text. */
function pathOf(bytes: Buffer): string {
  return bytes.toString('latin1').replace(/\0+$/, '');
}

function pathBytes(path: string): Buffer {
  const bytes = Buffer.alloc(PATH_LENGTH);
  bytes.write(path, 'latin1');
  return bytes;
}
