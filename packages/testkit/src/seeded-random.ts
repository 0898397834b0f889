import type { Random } from '@millpond/contracts';

/**
 * Numbers in [0, 1) that are the same for the same seed: the generator mulberry32 (Tommy Ettinger, public domain).
 * For tests only; it is no source of secrets.
 *
 * @param seed - an integer; only its low 32 bits count
 */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
