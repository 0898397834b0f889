import { describe, expect, it } from 'vitest';
import { prefersJson } from './accept.ts';

describe('Who says Accept:', () => {
  it.each([
    'application/json',
    'application/problem+json',
    'Application/JSON',
    'application/json, text/plain, */*',
    'application/json, */*;q=0.8',
    'text/plain;q=0.5, application/json;q=0.6',
    'text/html, application/json;q=0.9, */*;q=0.1',
    'application/*',
    '*/json',
    'application/json;charset=utf-8',
    'application/json ; q=0.001, text/*;q=0',
    ', application/json,',
    'text/plain;q=0, */*',
    'application/json;q=1.000',
  ])('%s gets JSON', (accept) => {
    expect(prefersJson(accept)).toBe(true);
  });

  it.each([
    '',
    '*/*',
    'text/plain',
    'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'text/plain, application/json;q=0.9',
    'application/json;q=0',
    'application/json;q=0, */*',
    'image/png',
    'json',
    'application/json;q=2',
    'application/json;q=1.001',
    'application/json;q=.5',
    'application/json;q=0.0000',
    'application/json;q=',
    'application/json;q="1"',
    'application/json q=1',
    'application/json, text/html;a="b,c"',
    'application/json, text/',
    `application/json${', a/b'.repeat(1000)}`,
    `application/json${' '.repeat(100_000)};`,
  ])('%s gets text', (accept) => {
    expect(prefersJson(accept)).toBe(false);
  });

  it('nothing gets text', () => {
    expect(prefersJson(undefined)).toBe(false);
  });
});
