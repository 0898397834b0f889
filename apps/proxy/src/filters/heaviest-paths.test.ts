import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeaviestPaths } from './heaviest-paths.ts';

describe('the heaviest paths', () => {
  it('are listed by their bytes, with the responses that served them', () => {
    const paths = new HeaviestPaths(10);
    paths.add('/small', 1);
    paths.add('/big', 60);
    paths.add('/small', 2);
    expect(paths.list()).toEqual([
      { path: '/big', requests: 1, bytes: 60, missedBytes: 0 },
      { path: '/small', requests: 2, bytes: 3, missedBytes: 0 },
    ]);
    expect(paths.bytes('/small')).toBe(3);
    expect(paths.bytes('/nowhere')).toBe(0);
  });

  it('make way for a new one where they are the smallest, and it says what may be missing', () => {
    const paths = new HeaviestPaths(2);
    paths.add('/a', 10);
    paths.add('/b', 3);
    paths.add('/c', 1);
    expect(paths.list()).toEqual([
      { path: '/a', requests: 1, bytes: 10, missedBytes: 0 },
      { path: '/c', requests: 1, bytes: 1, missedBytes: 3 },
    ]);
  });

  it('take paths by names that objects have already', () => {
    const paths = new HeaviestPaths(2);
    paths.add('__proto__', 1);
    expect(paths.bytes('__proto__')).toBe(1);
    expect(paths.bytes('constructor')).toBe(0);
  });

  it('are exact as long as there is room', () => {
    fc.assert(
      fc.property(responses(8), (all) => {
        const paths = new HeaviestPaths(8);
        for (const [path, bytes] of all) paths.add(path, bytes);
        const exact = totals(all);
        expect(new Map(paths.list().map(({ path, bytes }) => [path, bytes]))).toEqual(exact);
      }),
    );
  });

  it('never number more than there is room for, never exceed the truth, and include every path above the average', () => {
    const capacity = 5;
    fc.assert(
      fc.property(responses(30), (all) => {
        const paths = new HeaviestPaths(capacity);
        for (const [path, bytes] of all) paths.add(path, bytes);
        const exact = totals(all);
        const average = all.reduce((sum, [, bytes]) => sum + bytes, 0) / capacity;
        const kept = paths.list();
        expect(kept.length).toBeLessThanOrEqual(capacity);
        for (const { path, bytes, missedBytes } of kept) {
          const truth = exact.get(path) ?? NaN;
          expect(bytes).toBeLessThanOrEqual(truth);
          expect(bytes + missedBytes).toBeGreaterThanOrEqual(truth);
          expect(missedBytes).toBeLessThanOrEqual(average);
        }
        const names = kept.map(({ path }) => path);
        for (const [path, bytes] of exact) if (bytes > average) expect(names).toContain(path);
      }),
    );
  });
});

type Response = [path: string, bytes: number];

function responses(paths: number): fc.Arbitrary<Response[]> {
  return fc.array(
    fc.tuple(
      fc.nat(paths - 1).map((n) => `/${n}`),
      fc.nat(1000),
    ),
    { maxLength: 300 },
  );
}

function totals(all: readonly Response[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [path, bytes] of all) sums.set(path, (sums.get(path) ?? 0) + bytes);
  return sums;
}
