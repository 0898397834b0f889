import { expect, test } from 'vitest';
import { pluginContext } from './plugin-context.ts';

test('what a plugin logs can be read', () => {
  const { logger } = pluginContext();
  logger.info({ backend: 'a' }, 'added');
  logger.error({}, 'broken');
  expect(logger.entries).toEqual([
    { level: 'info', fields: { backend: 'a' }, message: 'added' },
    { level: 'error', fields: {}, message: 'broken' },
  ]);
});

test('every context has randomness of its own, by its seed', () => {
  expect(pluginContext().random()).toBe(pluginContext().random());
  expect(pluginContext({ seed: 2 }).random()).not.toBe(pluginContext().random());
});
