import { expect, it } from 'vitest';
import { Backoff } from './backoff.ts';

it('doubles from 1 s to 30 s, and starts again after a reset', () => {
  const backoff = new Backoff(() => 0);
  expect(Array.from({ length: 7 }, () => backoff.next())).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  backoff.reset();
  expect(backoff.next()).toBe(1000);
});

it('cuts a delay by up to 10 %', () => {
  expect(new Backoff(() => 0.5).next()).toBe(950);
});
