import { describe, expect, it } from 'vitest';
import { HeadReader } from './head-reader.ts';
import { badRequest } from './http-errors.ts';
import { canBeginRequest } from './request-head.ts';

describe('A reader of heads', () => {
  it.each([100, 5000, 20_000])('keeps hardly more than a head of %i bytes, however much comes behind it', (bytes) => {
    const line = 'GET / HTTP/1.1\r\nX: ';
    const head = `${line}${'x'.repeat(bytes - line.length - 4)}\r\n\r\n`;
    const buffer = Buffer.from(head + 'b'.repeat(500_000));
    const reader = new HeadReader(badRequest, canBeginRequest);
    expect(reader.read(buffer, 0, buffer.length)).toBe(bytes);
    expect(reader.text.startsWith(head)).toBe(true);
    expect(reader.text.length).toBeLessThanOrEqual(Math.max(bytes, 4096));
  });
});
