import { expect, test } from 'vitest';
import { nearest } from './nearest.ts';

const names = ['name', 'protocol', 'targets', 'strategy', 'health'];

test.each([
  ['nmae', 'name'],
  ['stratgy', 'strategy'],
  ['Health', 'health'],
  ['target', 'targets'],
  ['protcool', 'protocol'],
])('%s most likely meant %s', (name, meant) => {
  expect(nearest(name, names)).toBe(meant);
});

test.each(['workers', 'x', '', 'tls'])('"%s" is near none of them', (name) => {
  expect(nearest(name, names)).toBeUndefined();
});
