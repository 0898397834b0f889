import { createPool, Pool as GenericPool } from 'generic-pool';
import { expect, it } from 'vitest';
import manifest from '../package.json' with { type: 'json' };

it('finds in generic-pool what it uses but what is not documented', () => {
  const methods = ['release', 'destroy', '_dispense', '_createResource', '_destroy', '_evict'];
  expect(methods.filter((name) => typeof Reflect.get(GenericPool.prototype, name) !== 'function')).toEqual([]);
  expect(GenericPool).toHaveLength(5);
  const pool = createPool({ create: async () => ({}), destroy: async () => undefined });
  expect(pool).toHaveProperty('_testOnBorrowResources', new Set());
});

it('pins the version of generic-pool that it was written for', () => {
  expect(manifest.dependencies['generic-pool']).toBe('3.9.0');
});
