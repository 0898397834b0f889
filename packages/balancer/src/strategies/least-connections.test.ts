import { pickContext, strategyConformance, testCandidate } from '@millpond/testkit';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { LeastConnections, leastConnections } from './least-connections.ts';

strategyConformance({ test, plugin: leastConnections });

const context = pickContext();

test('it picks the one with the least under way and waiting', () => {
  const strategy = new LeastConnections();
  strategy.update([
    testCandidate('busy', { active: 3 }),
    testCandidate('queueing', { active: 1, queued: 2 }),
    testCandidate('free', { active: 2 }),
  ]);
  expect(strategy.pick(context)?.id).toBe('free');
});

test('what a candidate has to do is measured by its weight', () => {
  const strategy = new LeastConnections();
  strategy.update([testCandidate('small', { active: 2 }), testCandidate('large', { active: 5, weight: 3 })]);
  expect(strategy.pick(context)?.id).toBe('large');
});

test('no candidate with less to do for its weight is passed over', () => {
  const figures = fc.record({
    weight: fc.integer({ min: 1, max: 1000 }),
    active: fc.nat({ max: 1000 }),
    queued: fc.nat({ max: 100 }),
  });
  fc.assert(
    fc.property(fc.array(figures, { minLength: 1, maxLength: 10 }), (all) => {
      const candidates = all.map((one, index) => testCandidate(String(index), one));
      const strategy = new LeastConnections();
      strategy.update(candidates);
      const picked = strategy.pick(context) ?? expect.fail('nothing was picked');
      const load = ({ active, queued, weight }: (typeof candidates)[number]) => (active + queued) / weight;
      expect((picked.active + picked.queued) / picked.weight).toBe(Math.min(...candidates.map(load)));
    }),
  );
});

test('idle candidates take turns by their weights, so that short exchanges spread too', () => {
  const weights = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(weights, (all) => {
      const candidates = all.map((weight, index) => testCandidate(String(index), { weight }));
      const strategy = new LeastConnections();
      strategy.update(candidates);
      const cycle = all.reduce((sum, weight) => sum + weight, 0);
      const picks = Array.from({ length: cycle }, () => strategy.pick(context));
      for (const candidate of candidates) {
        expect(picks.filter((picked) => picked === candidate)).toHaveLength(candidate.weight);
      }
    }),
  );
});

test('candidates that stay equally busy get equal shares', () => {
  const candidates = Array.from('abc', (id) => testCandidate(id));
  const strategy = new LeastConnections();
  strategy.update(candidates);
  for (let i = 1; i <= 300; i += 1) {
    const picked = candidates.find((candidate) => candidate === strategy.pick(context));
    if (picked !== undefined) picked.active += 1;
    const counts = candidates.map(({ active }) => active);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  }
});

test('a request that was tried on the least busy one goes to the next', () => {
  const [free, busy, busier] = [
    testCandidate('free'),
    testCandidate('busy', { active: 1 }),
    testCandidate('busier', { active: 2 }),
  ];
  const strategy = new LeastConnections();
  strategy.update([busier, free, busy]);
  expect(strategy.pick(pickContext({ tried: [free] }))).toBe(busy);
  expect(strategy.pick(pickContext({ tried: [free, busy] }))).toBe(busier);
});
