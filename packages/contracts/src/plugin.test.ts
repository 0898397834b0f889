import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { API_VERSION, definePlugin, type Plugin } from './plugin.ts';
import type { Strategy } from './strategy.ts';

const nothing: Strategy = { update: () => undefined, pick: () => undefined };

describe('definePlugin', () => {
  const plugin = definePlugin({
    kind: 'strategy',
    name: 'first',
    apiVersion: API_VERSION,
    options: z.strictObject({ choices: z.number().default(2) }),
    create: (options) => {
      expectTypeOf(options).toEqualTypeOf<{ choices: number }>();
      return nothing;
    },
  });

  it('returns the plugin as it is', () => {
    expect(plugin).toMatchObject({ kind: 'strategy', name: 'first', apiVersion: 1 });
  });

  it('types the options by their schema, and what is created by the kind', () => {
    expectTypeOf(plugin).toExtend<Plugin<'strategy', { choices: number }>>();
    expectTypeOf<ReturnType<typeof plugin.create>>().toEqualTypeOf<Strategy | Promise<Strategy>>();
    // @ts-expect-error a probe cannot create a strategy
    definePlugin({ kind: 'probe', name: 'x', apiVersion: 1, options: z.strictObject({}), create: () => nothing });
    // @ts-expect-error there is no such kind
    definePlugin({ kind: 'balancer', name: 'x', apiVersion: 1, options: z.strictObject({}), create: () => nothing });
  });

  it('gives a plugin that fits into a list of any plugins', () => {
    const plugins: readonly Plugin[] = [plugin];
    expect(plugins).toHaveLength(1);
  });
});
