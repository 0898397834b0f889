import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { BodySearch } from './body-search.ts';

it('finds what the whole text holds, wherever it is cut', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b') });
  fc.assert(
    fc.property(
      fc.array(letters),
      fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 4 }),
      (pieces, text) => {
        const search = new BodySearch(text);
        const found = pieces.some((piece) => search.push(piece));
        expect(found).toBe(pieces.join('').includes(text));
      },
    ),
  );
});
