import { describe, expect, it } from 'vitest';
import { fuzz } from './fuzz-run.ts';
import { ACCEPTED, finding, REFUSED, type FuzzTarget } from './target.ts';
import { TARGETS } from './targets.ts';

describe('A short fuzzing, the same every time, of', () => {
  it.each([
    ['requests', 2000, 400],
    ['responses', 2000, 500],
    ['chunks', 300, 100],
  ])('%s finds nothing, and says something', async (name, count, acceptedAtLeast) => {
    const target = TARGETS[name]?.();
    if (target === undefined) throw new Error('There is no such target.');
    const { found, cases, accepted } = await fuzz(target, { seed: 1, goesOn: (tried) => tried < count });
    expect(found).toBeUndefined();
    expect(cases).toBe(count);
    expect(accepted).toBeGreaterThan(acceptedAtLeast);
  });
});

describe('Fuzzing', () => {
  /** Two that disagree about messages with an `x` behind an `a`. */
  const faulty: FuzzTarget = {
    name: 'faulty',
    generate: (dice) => Array.from({ length: 20 }, () => dice.pick(['a', 'b', 'c', 'x'])).join(''),
    check: ({ text }) => {
      if (/a.*x/.test(text)) return finding('an x behind an a', 'yes', 'no');
      if (text.includes('b')) return REFUSED;
      return text.includes('c') ? { kind: 'known', name: 'c' } : ACCEPTED;
    },
  };

  it('stops at a finding, and makes it as small as it can', async () => {
    const { found } = await fuzz(faulty, { seed: 7, goesOn: () => true });
    expect(found).toMatchObject({ text: 'ax', finding: { what: 'an x behind an a', ours: 'yes', theirs: 'no' } });
  });

  it('finds the same for the same seed', async () => {
    const run = () => fuzz(faulty, { seed: 7, goesOn: () => true });
    expect(await run()).toEqual(await run());
  });

  it('counts what was accepted, and what is known to differ', async () => {
    const target: FuzzTarget = { ...faulty, generate: (dice) => dice.pick(['a', 'b', 'c']) };
    const { cases, accepted, known } = await fuzz(target, { seed: 7, goesOn: (tried) => tried < 300 });
    expect(cases).toBe(300);
    expect(accepted).toBeGreaterThan(50);
    expect(known.get('c')).toBeGreaterThan(50);
  });
});
