import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatPath, parsePath } from './config-path.ts';

test('a path is written the way people read it', () => {
  expect(formatPath(['apps', 0, 'pool', 'max'])).toBe('apps[0].pool.max');
  expect(formatPath(['upstreams', 'a.b', 'x-y'])).toBe('upstreams["a.b"].x-y');
  expect(formatPath([])).toBe('');
});

test('a path is read again from what it was written as', () => {
  const segments = fc.array(fc.oneof(fc.nat(), fc.string(), fc.constantFrom('apps', 'a.b', '"', '\\', '[0]', '0')));
  fc.assert(
    fc.property(segments, (path) => {
      expect(parsePath(formatPath(path))).toEqual(path);
    }),
  );
});
