import { describe, expect, it } from 'vitest';
import { bytesPerCall } from './allocation.ts';
import { preparedRandom } from './prepared-random.ts';
import { seededRandom } from './seeded-random.ts';

describe('prepared random numbers', () => {
  it('are those of the seed, again and again', () => {
    const prepared = preparedRandom(3);
    const seeded = seededRandom(3);
    const drawn = Array.from({ length: 4096 }, prepared);
    expect(drawn).toEqual(Array.from({ length: 4096 }, seeded));
    expect(Array.from({ length: 4096 }, prepared)).toEqual(drawn);
  });

  it('leave nothing behind, however many are drawn', async () => {
    const random = preparedRandom(1);
    let above = 0;
    const draw = (): void => {
      if (random() + random() + random() > 1.5) above += 1;
    };
    expect(await bytesPerCall(draw)).toBeLessThan(4);
    expect(above).toBeGreaterThan(0);
  });
});
