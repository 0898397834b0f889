import { describe, expect, it } from 'vitest';
import { inOnePiece, latin1Text } from './latin1.ts';

describe('Text of one byte per character', () => {
  const all = Buffer.from(Array.from({ length: 256 }, (_, code) => code));

  it('is what the bytes are, whichever they are', () => {
    expect(latin1Text(all, 0, 256)).toBe(String.fromCharCode(...all));
    expect(latin1Text(all, 13, 200)).toBe(all.toString('latin1', 13, 200));
    expect(latin1Text(all, 5, 5)).toBe('');
    expect(latin1Text(all.subarray(100), 1, 3)).toBe('\u0065\u0066');
  });

  it('is the same in one piece', () => {
    const text = `${latin1Text(all, 0, 100)}${latin1Text(all, 100, 256)}`;
    expect(inOnePiece(text)).toBe(text);
  });
});
