import { strategyConformance, testCandidate } from '@millpond/testkit';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { RoundRobin, roundRobin } from './round-robin.ts';

strategyConformance({ test, plugin: roundRobin });

const everyone = Array.from('abcdefgh', (id, index) => testCandidate(id, { weight: index + 1 }));
const [a, b, c, d] = everyone.map((candidate) => candidate);

function members(...candidates: (typeof a)[]) {
  return candidates.filter((candidate) => candidate !== undefined);
}

test('it takes the candidates in turn, whatever their weights', () => {
  const strategy = new RoundRobin();
  strategy.update(members(a, b, c));
  expect(Array.from({ length: 7 }, () => strategy.pick()?.id).join('')).toBe('abcabca');
});

test('a change of the set does not start the rotation anew', () => {
  const strategy = new RoundRobin();
  const picks: (string | undefined)[] = [];
  for (const set of [members(a, b, c), members(a, b, c), members(b, c), members(a, b, c, d), members(d, c)]) {
    strategy.update(set);
    picks.push(strategy.pick()?.id);
  }
  // After c comes b, since a has left; a is back then, but it is c's turn.
  expect(picks.join('')).toBe('abcbc');
});

test('between two changes no candidate is ahead of another by more than one pick', () => {
  const sets = fc.array(fc.tuple(fc.shuffledSubarray(everyone, { minLength: 1 }), fc.nat({ max: 30 })), {
    maxLength: 10,
  });
  fc.assert(
    fc.property(sets, (changes) => {
      const strategy = new RoundRobin();
      for (const [set, requests] of changes) {
        strategy.update(set);
        const counts = new Map(set.map((candidate) => [candidate.id, 0]));
        for (let i = 0; i < requests; i += 1) {
          const id = strategy.pick()?.id ?? 'none';
          counts.set(id, (counts.get(id) ?? 0) + 1);
        }
        expect(Math.max(...counts.values()) - Math.min(...counts.values())).toBeLessThanOrEqual(1);
      }
    }),
  );
});

test('those who stay keep within two picks of one another while others come and go after every request', () => {
  const [first, second, ...others] = everyone;
  if (first === undefined || second === undefined) throw new Error('there are eight');
  const joining = fc.array(fc.subarray(others), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(joining, (changes) => {
      const strategy = new RoundRobin();
      let lead = 0;
      for (const comers of changes) {
        strategy.update([first, ...comers, second]);
        const picked = strategy.pick();
        if (picked === first) lead += 1;
        if (picked === second) lead -= 1;
        expect(Math.abs(lead)).toBeLessThanOrEqual(2);
      }
    }),
  );
});
