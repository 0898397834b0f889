/** The value `true`. */
export const TRUE = encode(0x01, Buffer.from([0xff]));

/** A value in DER (X.690): its tag, its length, its content. */
function encode(tag: number, ...content: readonly Buffer[]): Buffer {
  const value = Buffer.concat(content);
  if (value.length < 128) return Buffer.concat([Buffer.from([tag, value.length]), value]);
  const hex = value.length.toString(16);
  const length = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, value]);
}

export function sequence(...items: readonly Buffer[]): Buffer {
  return encode(0x30, ...items);
}

export function set(...items: readonly Buffer[]): Buffer {
  return encode(0x31, ...items);
}

/** @param bytes - big-endian; the first below 128, as the number is positive */
export function integer(bytes: Buffer): Buffer {
  return encode(0x02, bytes);
}

export function octets(bytes: Buffer): Buffer {
  return encode(0x04, bytes);
}

export function bitString(bytes: Buffer): Buffer {
  return encode(0x03, Buffer.from([0]), bytes);
}

export function text(value: string): Buffer {
  return encode(0x0c, Buffer.from(value, 'utf8'));
}

/** A moment of the years 1950 to 2049. */
export function time(moment: Date): Buffer {
  const digits = moment.toISOString().replaceAll(/\D/g, '').slice(2, 14);
  return encode(0x17, Buffer.from(`${digits}Z`, 'latin1'));
}

/** @param name - dotted: `2.5.4.3` */
export function oid(name: string): Buffer {
  const [first = 0, second = 0, ...others] = name.split('.').map(Number);
  return encode(0x06, Buffer.from([40 * first + second, ...others.flatMap(base128)]));
}

/** A value with a tag of the context's own, in place of its type's. */
export function context(tag: number, bytes: Buffer): Buffer {
  return encode(0x80 | tag, bytes);
}

/** A value within a tag of the context's own. */
export function explicit(tag: number, item: Buffer): Buffer {
  return encode(0xa0 | tag, item);
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) digits.unshift(0x80 | (rest & 0x7f));
  return digits;
}
