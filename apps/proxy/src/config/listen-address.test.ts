import { describe, expect, test } from 'vitest';
import { addressesClash, formatAddress, parseListenAddress } from './listen-address.ts';

function address(text: string) {
  const parsed = parseListenAddress(text);
  if (parsed === undefined) throw new Error(`not an address: ${text}`);
  return parsed;
}

describe('an address to listen on', () => {
  test.each([
    ['127.0.0.1:8080', { host: '127.0.0.1', port: 8080 }],
    ['localhost:80', { host: 'localhost', port: 80 }],
    [':8080', { host: '0.0.0.0', port: 8080 }],
    ['[::]:8443', { host: '::', port: 8443 }],
    ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['unix:/run/millpond.sock', { path: '/run/millpond.sock' }],
  ])('%s is read', (text, expected) => {
    expect(parseListenAddress(text)).toEqual(expected);
  });

  test.each([
    '',
    '8080',
    'host',
    'host:',
    'host:65536',
    'host:http',
    '::1:80',
    '[::1]',
    '[nope]:80',
    '300.1.1.1:80',
    'unix:',
    'a b:80',
  ])('"%s" is refused', (text) => {
    expect(parseListenAddress(text)).toBeUndefined();
  });

  test.each(['127.0.0.1:8080', '[::1]:8443', 'unix:/a b'])('%s is written as it was read', (text) => {
    expect(formatAddress(address(text))).toBe(text);
  });

  test.each([
    [':80', ':80', true],
    [':80', '127.0.0.1:80', true],
    ['127.0.0.1:80', ':80', true],
    ['[::]:80', '127.0.0.1:80', true],
    ['LOCALHOST:80', 'localhost:80', true],
    ['unix:/a', 'unix:/a', true],
    [':80', ':81', false],
    [':80', '[::1]:80', false],
    ['127.0.0.1:80', '127.0.0.2:80', false],
    [':0', ':0', false],
    ['unix:/a', 'unix:/b', false],
    ['unix:/a', ':80', false],
  ])('%s beside %s: clash is %s', (a, b, clash) => {
    expect(addressesClash(address(a), address(b))).toBe(clash);
  });
});
