import { createPool, Pool as GenericPool } from 'generic-pool';
import { expect, it } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { genericPoolCore } from './generic-pool-core.ts';
import { Resource, Slot } from './slot.ts';

it('finds in generic-pool what it uses but what is not documented', () => {
  const methods = [
    '_dispense',
    '_createResource',
    '_destroy',
    '_evict',
    '_addPooledResourceToAvailableObjects',
    '_dispatchPooledResourceToNextWaitingClient',
    '_trackOperation',
  ];
  expect(methods.filter((name) => typeof Reflect.get(GenericPool.prototype, name) !== 'function')).toEqual([]);
  expect(GenericPool).toHaveLength(5);
  const pool = createPool({ create: async () => ({}), destroy: async () => undefined });
  const collections = [
    '_allObjects',
    '_factoryCreateOperations',
    '_factoryDestroyOperations',
    '_validationOperations',
    '_testOnBorrowResources',
  ];
  for (const name of collections) expect(pool).toHaveProperty(name, new Set());
});

it('pins the version of generic-pool that it was written for', () => {
  expect(manifest.dependencies['generic-pool']).toBe('3.9.0');
});

it('counts what is being validated once, however often it is taken out', () => {
  const parts = { evictor: {}, idle: { iterator: () => undefined }, waiters: {} };
  const factory = { create: () => undefined, destroy: () => undefined };
  const core = genericPoolCore<string>(parts, factory, {}, { wanted: () => 0, hand: () => false });
  const { _testOnBorrowResources: tested } = core;
  const record = { obj: new Slot(new Resource('a', 0, Infinity)) };
  tested.add(record);
  expect(tested).toHaveProperty('size', 1);
  expect([tested.delete(record), tested.delete(record)]).toEqual([true, false]);
  expect(tested).toHaveProperty('size', 0);
});
