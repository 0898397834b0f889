import { expect, test } from 'vitest';
import { parseLogLevel } from './log-level.ts';

test.each([
  ['0', 'debug'],
  ['1', 'info'],
  ['2', 'warn'],
  ['3', 'error'],
  ['4', 'fatal'],
  ['5', 'silent'],
  ['6', 'silent'],
  ['7', 'silent'],
  ['debug', 'debug'],
  ['Warn', 'warn'],
  ['panic', 'silent'],
  ['silent', 'silent'],
])('level %s is %s', (text, level) => {
  expect(parseLogLevel(text)).toBe(level);
});

test.each(['', '8', '-1', '03', 'loud', 'constructor'])('level "%s" is refused', (text) => {
  expect(() => parseLogLevel(text)).toThrow(
    'Expected one of debug, info, warn, error, fatal, panic, silent, or a number',
  );
});
