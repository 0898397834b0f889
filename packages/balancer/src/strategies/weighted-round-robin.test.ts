import { strategyConformance, testCandidate } from '@millpond/testkit';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { WeightedRoundRobin, weightedRoundRobin } from './weighted-round-robin.ts';

strategyConformance({ test, plugin: weightedRoundRobin });

const weightsOf = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 6 });

function candidatesOf(weights: readonly number[]) {
  return weights.map((weight, index) => testCandidate(String.fromCodePoint(97 + index), { weight }));
}

function picksOf(strategy: WeightedRoundRobin, count: number): (string | undefined)[] {
  return Array.from({ length: count }, () => strategy.pick()?.id);
}

test('it spreads the picks of the heavy one, as nginx does', () => {
  const strategy = new WeightedRoundRobin();
  strategy.update(candidatesOf([5, 1, 1]));
  expect(picksOf(strategy, 14).join('')).toBe('aabacaaaabacaa');
});

test('in every cycle each candidate is picked exactly as often as its weight says', () => {
  fc.assert(
    fc.property(weightsOf, (weights) => {
      const strategy = new WeightedRoundRobin();
      const candidates = candidatesOf(weights);
      strategy.update(candidates);
      const cycle = weights.reduce((sum, weight) => sum + weight, 0);
      for (let round = 0; round < 3; round += 1) {
        const picks = picksOf(strategy, cycle);
        for (const { id, weight } of candidates) expect(picks.filter((picked) => picked === id)).toHaveLength(weight);
      }
    }),
  );
});

test('at no moment is a candidate further from its share than the number of candidates', () => {
  fc.assert(
    fc.property(weightsOf, (weights) => {
      const strategy = new WeightedRoundRobin();
      const candidates = candidatesOf(weights);
      strategy.update(candidates);
      const cycle = weights.reduce((sum, weight) => sum + weight, 0);
      const counts = new Map<string | undefined, number>();
      for (let picks = 1; picks <= cycle; picks += 1) {
        const picked = strategy.pick()?.id;
        counts.set(picked, (counts.get(picked) ?? 0) + 1);
        for (const { id, weight } of candidates) {
          const due = (picks * weight) / cycle;
          expect(Math.abs((counts.get(id) ?? 0) - due)).toBeLessThanOrEqual(candidates.length);
        }
      }
    }),
  );
});

test('however the set and the weights have changed before, the next cycles are shared by weight', () => {
  const everyone = candidatesOf([1, 1, 1, 1, 1, 1]);
  const weights = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 6, maxLength: 6 });
  const change = fc.record({ set: fc.subarray(everyone, { minLength: 1 }), weights, picks: fc.nat({ max: 50 }) });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), weightsOf, (changes, lastWeights) => {
      const strategy = new WeightedRoundRobin();
      for (const { set, weights: changed, picks } of changes) {
        for (const [index, candidate] of everyone.entries()) candidate.weight = changed[index] ?? 1;
        strategy.update(set);
        picksOf(strategy, picks);
      }
      const last = everyone.slice(0, lastWeights.length);
      for (const [index, candidate] of last.entries()) candidate.weight = lastWeights[index] ?? 1;
      strategy.update(last);
      const cycle = lastWeights.reduce((sum, weight) => sum + weight, 0);
      const cycles = 10;
      const picks = picksOf(strategy, cycles * cycle);
      for (const { id, weight } of last) {
        const count = picks.filter((picked) => picked === id).length;
        // What was saved or owed before is worth no more than one cycle for each candidate.
        expect(Math.abs(count - cycles * weight)).toBeLessThanOrEqual(cycle);
      }
    }),
  );
});

test('an update that changes nothing changes nothing', () => {
  const [undisturbed, updated] = [new WeightedRoundRobin(), new WeightedRoundRobin()];
  const candidates = candidatesOf([5, 3, 1]);
  undisturbed.update(candidates);
  const expected = picksOf(undisturbed, 27);
  const picks: (string | undefined)[] = [];
  for (let i = 0; i < 27; i += 1) {
    updated.update([...candidates]);
    picks.push(...picksOf(updated, 1));
  }
  expect(picks).toEqual(expected);
});

test('a candidate that has become light is not made to wait for what it got while it was heavy', () => {
  const strategy = new WeightedRoundRobin();
  const candidates = candidatesOf([1000, 1000]);
  strategy.update(candidates);
  strategy.pick();
  for (const candidate of candidates) candidate.weight = 1;
  strategy.update(candidates);
  expect(new Set(picksOf(strategy, 2))).toEqual(new Set(['a', 'b']));
});

test('a newcomer gets its first request within one cycle, however many left as soon as they had theirs', () => {
  const weight = fc.integer({ min: 1, max: 9 });
  const staying = fc.array(weight, { minLength: 2, maxLength: 6 });
  fc.assert(
    fc.property(staying, fc.array(weight, { maxLength: 30 }), (stayingWeights, leavingWeights) => {
      const strategy = new WeightedRoundRobin();
      const stayers = candidatesOf(stayingWeights);
      const firstPickOf = (comer: ReturnType<typeof testCandidate>) => {
        strategy.update([...stayers, comer]);
        for (let picks = 1; picks <= 1000; picks += 1) if (strategy.pick() === comer) return picks;
        return Infinity;
      };
      for (const leaving of leavingWeights) {
        firstPickOf(testCandidate('leaving', { weight: leaving }));
        strategy.update(stayers);
      }
      const cycle = stayingWeights.reduce((sum, each) => sum + each, 1);
      expect(firstPickOf(testCandidate('newcomer'))).toBeLessThanOrEqual(cycle);
    }),
    { numRuns: 500 },
  );
});
