import { isIPv4, SocketAddress } from 'node:net';

/** The text of 4 bytes (IPv4) or of 16 (IPv6). */
export function addressText(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  return new SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address;
}

/** The 4 bytes of an IPv4 address. */
export function ipv4Bytes(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number));
}

/** The 16 bytes of an IPv6 address without a zone, or of an IPv4 one mapped into IPv6 (RFC 4291 §2.5.5.2). */
export function ipv6Bytes(address: string): Buffer {
  const mapped = isIPv4(address) ? `::ffff:${address}` : address;
  const bytes = Buffer.alloc(16);
  const [head = '', tail] = withHexEnd(mapped).split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  for (const [index, group] of left.entries()) bytes.writeUInt16BE(Number.parseInt(group, 16), index * 2);
  for (const [index, group] of right.entries()) {
    bytes.writeUInt16BE(Number.parseInt(group, 16), (8 - right.length + index) * 2);
  }
  return bytes;
}

/** Writes an IPv4 address at the end of an IPv6 one as two groups. */
function withHexEnd(address: string): string {
  const start = address.lastIndexOf(':') + 1;
  const end = address.slice(start);
  if (!isIPv4(end)) return address;
  const bytes = ipv4Bytes(end);
  return `${address.slice(0, start)}${bytes.readUInt16BE(0).toString(16)}:${bytes.readUInt16BE(2).toString(16)}`;
}
