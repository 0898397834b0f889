import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearestName } from './nearest-name.ts';

describe('the nearest name', () => {
  it.each([
    ['leastconnections', 'least-connections'],
    ['round-robbin', 'round-robin'],
    ['Random', 'random'],
    ['rnadom', 'random'],
    ['hash-ip', undefined],
    ['', undefined],
  ])('of %j is %j', (name, nearest) => {
    expect(nearestName(name, ['round-robin', 'least-connections', 'random', 'ip-hash'])).toBe(nearest);
  });

  it('finds any name that lost a letter, or had two neighbours swapped', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 2 }), fc.nat(), (name, seed) => {
        const at = seed % (name.length - 1);
        const [head, a = '', b = '', tail] = [name.slice(0, at), name[at], name[at + 1], name.slice(at + 2)];
        expect(nearestName(head + b + tail, [name])).toBe(name);
        expect(nearestName(head + b + a + tail, [name])).toBe(name);
      }),
    );
  });
});
