import { expect, test } from 'vitest';
import { seededRandom } from './seeded-random.ts';

const take = (seed: number) => Array.from({ length: 5 }, seededRandom(seed));

test('the same seed gives the same numbers, another seed gives others', () => {
  expect(take(1)).toEqual(take(1));
  expect(take(1)).not.toEqual(take(2));
});

test('numbers spread evenly over [0, 1)', () => {
  const random = seededRandom(42);
  const buckets = Array.from({ length: 10 }, () => 0);
  for (let i = 0; i < 100_000; i += 1) {
    const bucket = Math.floor(random() * 10);
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
  }
  expect(buckets).toHaveLength(10);
  for (const count of buckets) expect(Math.abs(count - 10_000)).toBeLessThan(500);
});
