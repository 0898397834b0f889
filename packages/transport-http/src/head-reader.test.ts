import { describe, expect, it } from 'vitest';
import { HeadReader } from './head-reader.ts';
import { badRequest } from './http-errors.ts';
import { canBeginRequest } from './request-head.ts';

describe('A reader of heads', () => {
  it.each([100, 5000, 20_000])('keeps hardly more than a head of %i bytes, however much comes behind it', (bytes) => {
    const line = 'GET / HTTP/1.1\r\nX: ';
    const head = `${line}${'x'.repeat(bytes - line.length - 4)}\r\n\r\n`;
    const buffer = Buffer.from(head + 'b'.repeat(500_000));
    const reader = new HeadReader<string>(badRequest, canBeginRequest);
    expect(reader.read(buffer, 0, buffer.length)).toBe(bytes);
    expect(reader.text.startsWith(head)).toBe(true);
    expect(reader.text.length).toBeLessThanOrEqual(Math.max(bytes, 4096));
    reader.remember('what was parsed');
    expect(reader.read(buffer, 0, buffer.length)).toBe(bytes);
    expect(reader.fields).toBe('what was parsed');
    expect(reader.text.length).toBeLessThanOrEqual(bytes + 256);
  });

  it('reads a head whose first line alone is longer than those before', () => {
    const reader = new HeadReader<string>(badRequest, canBeginRequest);
    for (const length of [1, 100, 300, 5000, 300, 1]) {
      const head = `GET /${'p'.repeat(length)} HTTP/1.1\r\nHost: a\r\n\r\n`;
      const buffer = Buffer.from(head + 'b'.repeat(100_000));
      expect(reader.read(buffer, 0, buffer.length)).toBe(head.length);
      expect(reader.text.startsWith(head)).toBe(true);
      reader.remember('what was parsed');
    }
  });

  it('knows a field section that came before, of this client or another, and none that differs in a byte', () => {
    const head = (fields: string): Buffer => Buffer.from(`GET / HTTP/1.1\r\n${fields}\r\n\r\n`);
    const first = new HeadReader<string>(badRequest, canBeginRequest);
    const whatItSays = (reader: HeadReader<string>, fields: string): string | undefined => {
      const buffer = head(fields);
      expect(reader.read(buffer, 0, buffer.length)).toBe(buffer.length);
      return reader.fields;
    };
    expect(whatItSays(first, 'Host: a')).toBe(undefined);
    const known = first.remember('what was parsed');
    expect(whatItSays(first, 'Host: a')).toBe('what was parsed');
    expect(first.remember('something else')).toBe(known);
    expect(whatItSays(first, 'Host: b')).toBe(undefined);
    first.remember('what else was parsed');
    expect(whatItSays(first, 'Host: b')).toBe('what else was parsed');
    expect(whatItSays(first, 'Host: a')).toBe(undefined);
    const other = new HeadReader<string>(badRequest, canBeginRequest, known);
    expect(whatItSays(other, 'Host: a')).toBe('what was parsed');
    expect(whatItSays(other, 'Host: a\r\nHost: a')).toBe(undefined);
    expect(whatItSays(other, 'host: a')).toBe(undefined);
  });
});
