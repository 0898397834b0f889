/** How a size is written. */
export const SIZE = /^(\d+)([kmgKMG]?)$/;
const UNIT_BYTES: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/**
 * Reads a size: `64k`, `1m`, `2g` (of 1024), or a number of bytes.
 *
 * @returns bytes, or undefined if it is none
 */
export function parseSize(value: string | number): number | undefined {
  const bytes = typeof value === 'number' ? value : sizeInBytes(value);
  return Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : undefined;
}

function sizeInBytes(text: string): number {
  const [, amount, unit = ''] = SIZE.exec(text) ?? [];
  return Number(amount) * (UNIT_BYTES[unit.toLowerCase()] ?? Number.NaN);
}
