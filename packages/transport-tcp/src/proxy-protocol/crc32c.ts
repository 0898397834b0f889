/** Castagnoli's polynomial, the low bit first (RFC 3309 §3). */
const POLYNOMIAL = 0x82f6_3b78;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  return value;
});

/** The CRC-32C of `bytes`, with `blank` to `blank` + 4 taken for zeros: where the checksum itself stands. */
export function crc32c(bytes: Buffer, blank = bytes.length): number {
  let value = 0xffff_ffff;
  for (const [index, byte] of bytes.entries()) {
    const counted = index >= blank && index < blank + 4 ? 0 : byte;
    value = (TABLE[(value ^ counted) & 0xff] ?? 0) ^ (value >>> 8);
  }
  return (value ^ 0xffff_ffff) >>> 0;
}
