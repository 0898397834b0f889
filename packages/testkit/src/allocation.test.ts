import { describe, expect, it } from 'vitest';
import { bytesPerCall } from './allocation.ts';

/** What a call made, kept so that the compiler cannot leave it out. */
let kept: unknown;

const bare = new Float64Array([0.5]);

/** Makes an array of that size in all: each element takes 8 bytes, and what is around them 48. */
function arrayOf(bytes: number): () => void {
  const template = Array.from({ length: (bytes - 48) / 8 }, () => undefined);
  return () => void (kept = template.slice());
}

const allocators: readonly [what: string, bytes: number, call: () => void][] = [
  ['a boxed number', 16, () => void (kept = bare[0])],
  ['an object', 48, () => void (kept = { a: kept === undefined, b: 2, c: 3 })],
  ...[64, 128, 256, 512, 1024, 2048, 4096].map((bytes): [string, number, () => void] => [
    'an array',
    bytes,
    arrayOf(bytes),
  ]),
];

describe('bytes per call', () => {
  it.each(allocators)('are those of %s of %d bytes', async (_what, bytes, call) => {
    const found = await bytesPerCall(call);
    expect(found).toBeGreaterThan(bytes / 1.5);
    expect(found).toBeLessThan(bytes * 1.5);
    expect(kept).toBeDefined();
  });

  it('are many where the garbage collector runs every few calls', async () => {
    expect(await bytesPerCall(arrayOf(200_000))).toBeGreaterThan(100_000);
  });

  it('are none where nothing is allocated, also behind what allocates much', async () => {
    let turns = 0;
    const nothing = () => void (turns = (turns + 1) % 256);
    for (let time = 0; time < 3; time += 1) {
      expect(Math.abs(await bytesPerCall(nothing))).toBeLessThan(0.5);
      await bytesPerCall(arrayOf(4096));
    }
  });
});
