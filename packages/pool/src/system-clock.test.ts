import { expect, it } from 'vitest';
import { systemClock } from './system-clock.ts';

it('the system clock takes a delay beyond the limit of timers for a long one', async () => {
  let called = 0;
  const timers = [
    systemClock.setTimeout(() => (called += 1), 2 ** 31),
    systemClock.setInterval(() => (called += 1), Infinity),
  ];
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(called).toBe(0);
  for (const timer of timers) systemClock.clear(timer);
});
