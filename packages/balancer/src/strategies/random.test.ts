import { seededRandom, strategyConformance, testCandidate } from '@millpond/testkit';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Random, random } from './random.ts';

strategyConformance({ test, plugin: random });

const weights = [1, 2, 3, 4, 90];
const candidates = weights.map((weight, index) => testCandidate(String(index), { weight }));

test('each candidate is drawn as often as its weight makes likely', () => {
  const strategy = new Random({ random: seededRandom(3) });
  strategy.update(candidates);
  const draws = 100_000;
  const counts = new Map<string | undefined, number>();
  for (let i = 0; i < draws; i += 1) {
    const id = strategy.pick()?.id;
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  for (const { id, weight } of candidates) {
    const chance = weight / 100;
    const deviation = Math.sqrt(draws * chance * (1 - chance));
    expect(Math.abs((counts.get(id) ?? 0) - draws * chance)).toBeLessThan(4 * deviation);
  }
});

test('whatever number comes up, the candidate is the one whose stretch of the weights it falls on', () => {
  const number = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const some = fc.array(fc.double({ min: 0.001, max: 1000, noNaN: true }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(number, some, (drawn, all) => {
      const strategy = new Random({ random: () => drawn });
      strategy.update(all.map((weight, index) => testCandidate(String(index), { weight })));
      const sums = all.map((_, index) => all.slice(0, index + 1).reduce((sum, weight) => sum + weight, 0));
      const target = drawn * (sums.at(-1) ?? 0);
      const expected = sums.findIndex((sum) => target < sum);
      expect(strategy.pick()?.id).toBe(String(expected === -1 ? all.length - 1 : expected));
    }),
  );
});

test('a number on the border of two stretches belongs to the second', () => {
  const strategy = new Random({ random: () => 0.5 });
  strategy.update([testCandidate('first'), testCandidate('second')]);
  expect(strategy.pick()?.id).toBe('second');
});
