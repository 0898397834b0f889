import type { Random } from '@millpond/contracts';
import { seededRandom } from './seeded-random.ts';

const DRAWN = 4096;

/**
 * Random numbers that were drawn beforehand, and come again after 4,096. A draw allocates nothing, so that a test which
 * counts allocations sees only those of the code that draws.
 */
export function preparedRandom(seed: number): Random {
  // One element that is no number keeps V8 from storing the others bare, to be boxed at every draw.
  const drawn: readonly (number | undefined)[] = [undefined, ...Array.from({ length: DRAWN }, seededRandom(seed))];
  let last = 0;
  return () => {
    last = last === DRAWN ? 1 : last + 1;
    return drawn[last] ?? 0;
  };
}
