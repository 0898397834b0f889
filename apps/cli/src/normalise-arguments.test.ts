import { expect, test } from 'vitest';
import { normaliseArguments } from './normalise-arguments.ts';

const names = new Set(['config', 'log-level', 'port', 'idle-timeout']);

test.each([
  ['-config x.json', '--config x.json'],
  ['-config=x.json', '--config=x.json'],
  ['-loglevel 3', '--log-level 3'],
  ['--loglevel=3', '--log-level=3'],
  ['-log-level 3', '--log-level 3'],
  ['-port 80 -idle-timeout 5s', '--port 80 --idle-timeout 5s'],
  ['-c x.json', '-c x.json'],
  ['-cx.json', '-cx.json'],
  ['-configs x', '-configs x'],
  ['run config', 'run config'],
  ['-h', '-h'],
  ['-port -- -port', '--port -- -port'],
])('%s is read as %s', (written, meant) => {
  expect(normaliseArguments(written.split(' '), names).join(' ')).toBe(meant);
});
