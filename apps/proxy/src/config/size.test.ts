import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSize } from './size.ts';

describe('a size', () => {
  test.each([
    ['512', 512],
    ['8k', 8192],
    ['64K', 65_536],
    ['1m', 1_048_576],
    ['2g', 2_147_483_648],
    [0, 0],
    [100, 100],
  ])('%s is read as %d bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  test.each(['', 'k', '1.5k', '8kb', '-1', '1 k', '99999999999999999999', -1, 1.5, Number.NaN])(
    '%s is refused',
    (text) => {
      expect(parseSize(text)).toBeUndefined();
    },
  );

  test('with a unit is that many times the number without it', () => {
    fc.assert(fc.property(fc.nat(1_000_000), (amount) => parseSize(`${amount}k`) === amount * 1024));
  });
});
