import { crc32c } from './crc32c.ts';
import { ProxyHeaderFault, type ProxyTlv } from './header.ts';

/** `PP2_TYPE_CRC32C` and `PP2_TYPE_NOOP`. */
const CHECKSUM = 0x03;
const PADDING = 0x04;

/**
 * Reads the facts at the end of a v2 header, and holds the header to its checksum if it has one.
 *
 * @param header - all of it
 * @param start - where they begin
 * @throws ProxyHeaderFault
 */
export function parseTlvs(header: Buffer, start: number): ProxyTlv[] {
  const tlvs: ProxyTlv[] = [];
  let checked = false;
  for (let at = start; at < header.length;) {
    if (header.length - at < 3) throw new ProxyHeaderFault('it ends within a TLV');
    const type = header.readUInt8(at);
    const from = at + 3;
    at = from + header.readUInt16BE(at + 1);
    if (at > header.length) throw new ProxyHeaderFault('it ends within a TLV');
    if (type === CHECKSUM) {
      if (checked || at - from !== 4) throw new ProxyHeaderFault('its checksum is malformed');
      if (crc32c(header, from) !== header.readUInt32BE(from)) throw new ProxyHeaderFault('its checksum is wrong');
      checked = true;
    } else if (type !== PADDING) tlvs.push({ type, value: Buffer.from(header.subarray(from, at)) });
  }
  return tlvs;
}

/** Writes facts as they stand in a v2 header. */
export function encodeTlvs(tlvs: readonly ProxyTlv[]): Buffer {
  return Buffer.concat(
    tlvs.flatMap(({ type, value }) => [Buffer.from([type, value.length >> 8, value.length & 0xff]), value]),
  );
}
