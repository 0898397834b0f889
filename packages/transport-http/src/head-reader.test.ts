import { describe, expect, it } from 'vitest';
import { HeadReader } from './head-reader.ts';
import { REQUEST_HEADS } from './request-head.ts';
import { RESPONSE_HEADS } from './response-head.ts';

describe('A reader of heads', () => {
  it.each([100, 5000, 20_000])('keeps hardly more than a head of %i bytes, however much comes behind it', (bytes) => {
    const line = 'GET / HTTP/1.1\r\nX: ';
    const head = `${line}${'x'.repeat(bytes - line.length - 4)}\r\n\r\n`;
    const buffer = Buffer.from(head + 'b'.repeat(500_000));
    const reader = new HeadReader<string>(REQUEST_HEADS);
    expect(reader.read(buffer, 0, buffer.length)).toBe(bytes);
    expect(reader.text.startsWith(head)).toBe(true);
    expect(reader.text.length).toBeLessThanOrEqual(Math.max(bytes, 4096));
    reader.remember('what was parsed');
    expect(reader.read(buffer, 0, buffer.length)).toBe(bytes);
    expect(reader.known).toBe('what was parsed');
    expect(reader.text.length).toBeLessThanOrEqual(bytes + 256);
  });

  it('reads a head whose first line alone is longer than those before', () => {
    const reader = new HeadReader<string>(REQUEST_HEADS);
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
    const first = new HeadReader<string>(REQUEST_HEADS);
    const whatItSays = (reader: HeadReader<string>, fields: string): string | undefined => {
      const buffer = head(fields);
      expect(reader.read(buffer, 0, buffer.length)).toBe(buffer.length);
      return reader.known;
    };
    expect(whatItSays(first, 'Host: a')).toBe(undefined);
    const known = first.remember('what was parsed');
    expect(whatItSays(first, 'Host: a')).toBe('what was parsed');
    expect(first.remember('something else')).toBe(known);
    expect(whatItSays(first, 'Host: b')).toBe(undefined);
    first.remember('what else was parsed');
    expect(whatItSays(first, 'Host: b')).toBe('what else was parsed');
    expect(whatItSays(first, 'Host: a')).toBe(undefined);
    const other = new HeadReader<string>(REQUEST_HEADS, known);
    expect(whatItSays(other, 'Host: a')).toBe('what was parsed');
    expect(whatItSays(other, 'Host: a\r\nHost: a')).toBe(undefined);
    expect(whatItSays(other, 'host: a')).toBe(undefined);
  });

  it('knows a response that came before as a whole, wherever it is cut, and none that differs in a byte', () => {
    const reader = new HeadReader<string>(RESPONSE_HEADS);
    const whatItSays = (head: string, cut = 0): string | undefined => {
      const buffer = Buffer.from(`${head}body`);
      if (cut > 0) expect(reader.read(buffer, 0, cut)).toBe(-1);
      expect(reader.read(buffer, cut, buffer.length)).toBe(head.length);
      expect(reader.text.slice(0, reader.end)).toBe(head);
      return reader.known;
    };
    const head = 'HTTP/1.1 200 OK\r\na: b\r\n\r\n';
    expect(whatItSays(head)).toBe(undefined);
    reader.remember('what was parsed');
    expect(whatItSays(head)).toBe('what was parsed');
    expect(whatItSays(head, 5)).toBe(undefined);
    expect(whatItSays(head.replace('OK', 'KO'))).toBe(undefined);
    expect(whatItSays(head.replace('b', 'c'))).toBe(undefined);
    expect(whatItSays(head.replace('b', 'bc'))).toBe(undefined);
    expect(whatItSays(head.replace('a: b\r\n', ''))).toBe(undefined);
    expect(whatItSays(head)).toBe('what was parsed');
  });
});
