import { EventEmitter, once } from 'node:events';
import { definePlugin } from '@millpond/contracts';
import type { Exporter, Filter, Plugin, Strategy } from '@millpond/contracts';
import { pluginContext } from '@millpond/testkit';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { PluginOptionsError } from './options-error.ts';
import { PluginRegistry } from './plugin-registry.ts';

const strategy: Strategy = { update: () => {}, pick: () => undefined };

function strategyPlugin(name: string): Plugin {
  return definePlugin({ kind: 'strategy', name, apiVersion: 1, options: z.strictObject({}), create: () => strategy });
}

function filterPlugin(name: string, create: () => Filter | Promise<Filter>): Plugin {
  return definePlugin({ kind: 'filter', name, apiVersion: 1, options: z.strictObject({}), create });
}

const powerOfChoices = definePlugin({
  kind: 'strategy',
  name: 'power-of-choices',
  apiVersion: 1,
  options: z.strictObject({ choices: z.number().int().min(2).default(2) }),
  create: (options) => Object.assign({ options }, strategy),
});

function registryOf(...plugins: Plugin[]): PluginRegistry {
  const registry = new PluginRegistry(pluginContext());
  registry.register(plugins, 'the test');
  return registry;
}

/** A plugin whose parts note in `log` that they were disposed of. */
function noted(log: string[], name: string): Plugin {
  return filterPlugin(name, () => ({ dispose: () => void log.push(name) }));
}

/** Registers what no type check has seen, as plugins written in JavaScript are. */
function registerUntyped(registry: PluginRegistry, plugin: unknown): void {
  const untyped: { register(plugins: unknown, source: string): void } = registry;
  untyped.register([plugin], 'the test');
}

function openTimers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}

describe('registering', () => {
  it('knows plugins by kind and name, and lists the names of a kind in order', () => {
    const registry = registryOf(
      strategyPlugin('b'),
      strategyPlugin('a'),
      filterPlugin('c', () => ({})),
    );
    expect(registry.names('strategy')).toEqual(['a', 'b']);
    expect(registry.has('strategy', 'a')).toBe(true);
    expect(registry.has('filter', 'a')).toBe(false);
  });

  it('lets two kinds have a plugin of the same name', () => {
    const registry = registryOf(
      strategyPlugin('same'),
      filterPlugin('same', () => ({})),
    );
    expect(registry.names('filter')).toEqual(['same']);
  });

  it('refuses a second plugin of the same kind and name, and says where both come from', () => {
    const registry = registryOf(strategyPlugin('same'));
    expect(() => registry.register([strategyPlugin('same')], '"./mine.mjs"')).toThrow(
      expect.objectContaining({
        code: 'ERR_REGISTRY_DUPLICATE',
        message: 'strategy "same" from "./mine.mjs" is already registered, from the test; rename one or leave one out',
      }),
    );
  });

  it('refuses a plugin that is written for another API version', () => {
    expect(() => registerUntyped(registryOf(), { ...strategyPlugin('later'), apiVersion: 2 })).toThrow(
      expect.objectContaining({
        code: 'ERR_REGISTRY_API_VERSION',
        message: expect.stringContaining('strategy "later" from the test is written for plugin API version 2'),
      }),
    );
  });

  it.each([
    [undefined, 'a plugin is an object made with definePlugin, not undefined'],
    [{ kind: 'strategy' }, 'name is in kebab-case, such as "ring-hash", not undefined'],
    [{ kind: 'strategy', name: 'RingHash' }, 'not "RingHash"'],
    [{ kind: 'toString', name: 'x' }, 'the kind of plugin "x" must be one of strategy, probe, transport'],
    [{ kind: 'strategy', name: 'x', apiVersion: 1 }, 'the options of strategy "x" must be a Standard Schema'],
    [{ kind: 'strategy', name: 'x', apiVersion: 1, options: z.unknown() }, 'strategy "x" has no create function'],
  ])('refuses what is not a plugin, with the reason: %j', (plugin, reason) => {
    expect(() => registerUntyped(registryOf(), plugin)).toThrow(
      expect.objectContaining({ code: 'ERR_REGISTRY_PLUGIN_INVALID', message: expect.stringContaining(reason) }),
    );
  });
});

describe('options', () => {
  it('are returned with defaults filled in', async () => {
    const registry = registryOf(powerOfChoices);
    expect(await registry.validate('strategy', 'power-of-choices', undefined, 'apps[0].strategy')).toEqual({
      choices: 2,
    });
    expect(await registry.create('strategy', 'power-of-choices', { choices: 3 }, 'apps[0].strategy')).toMatchObject({
      options: { choices: 3 },
    });
  });

  it('that are wrong are refused with their path in the config, and never reach the plugin', async () => {
    const registry = registryOf(powerOfChoices);
    const creating = registry.create('strategy', 'power-of-choices', { choices: 'two' }, 'apps[0].strategy');
    await expect(creating).rejects.toMatchObject({
      code: 'ERR_REGISTRY_OPTIONS_INVALID',
      message:
        'apps[0].strategy.options.choices: Invalid input: expected number, received string ' +
        '(options of strategy "power-of-choices")',
      issues: [{ path: ['choices'] }],
    });
  });

  it('are refused with every problem at once', async () => {
    const options = z.strictObject({ list: z.array(z.number()), 'odd key': z.string() });
    const registry = registryOf(definePlugin({ ...powerOfChoices, options, create: () => strategy }));
    const error = await registry
      .validate('strategy', 'power-of-choices', { list: [1, 'x'] }, 'upstreams.web.strategy')
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PluginOptionsError);
    expect(error).toMatchObject({
      message: expect.stringMatching(/^upstreams\.web\.strategy\.options\.list\[1\]: .+; .+\.options\["odd key"\]: /),
    });
  });

  it('may be checked asynchronously, by a schema of another library', async () => {
    const registry = registryOf(
      definePlugin({
        ...powerOfChoices,
        options: {
          '~standard': {
            version: 1,
            vendor: 'test',
            validate: async () => ({ issues: [{ message: 'never good', path: [{ key: 'a' }, 0] }] }),
          },
        },
      }),
    );
    await expect(registry.validate('strategy', 'power-of-choices', {}, 'x')).rejects.toThrow(
      'x.options.a[0]: never good',
    );
  });

  it('are refused when the schema itself throws, and the cause is kept', async () => {
    const cause = new Error('broken schema');
    const validate = (): never => {
      throw cause;
    };
    const options = { '~standard': { version: 1, vendor: 'test', validate } } as const;
    const registry = registryOf(definePlugin({ ...powerOfChoices, options, create: () => strategy }));
    await expect(registry.validate('strategy', 'power-of-choices', {}, 'x')).rejects.toMatchObject({
      code: 'ERR_REGISTRY_OPTIONS_INVALID',
      cause,
    });
  });
});

describe('creating', () => {
  it('refuses a name that is not known, and says which is nearest', async () => {
    const registry = registryOf(strategyPlugin('round-robin'), strategyPlugin('random'));
    await expect(registry.create('strategy', 'roundrobin', {}, 'apps[0].strategy')).rejects.toMatchObject({
      code: 'ERR_REGISTRY_UNKNOWN_PLUGIN',
      message:
        'apps[0].strategy: there is no strategy "roundrobin"; did you mean "round-robin"? (known: random, round-robin)',
    });
  });

  it('names the plugin when it throws, and keeps the cause', async () => {
    const cause = new Error('no licence');
    const registry = registryOf(filterPlugin('paid', () => Promise.reject(cause)));
    await expect(registry.create('filter', 'paid', {}, 'x')).rejects.toMatchObject({
      code: 'ERR_REGISTRY_CREATE_FAILED',
      message: 'filter "paid" could not be created: no licence',
      cause,
    });
  });

  it('refuses a part that lacks methods of its kind', async () => {
    const registry = registryOf();
    registerUntyped(registry, { ...powerOfChoices, create: () => ({ update: () => {} }) });
    await expect(registry.create('strategy', 'power-of-choices', {}, 'x')).rejects.toMatchObject({
      code: 'ERR_REGISTRY_PLUGIN_INVALID',
      message: 'what strategy "power-of-choices" created is not a strategy: it lacks pick',
    });
  });

  it('gives up on a plugin that takes too long, names it, and disposes of what comes of it later', async () => {
    const context = pluginContext();
    const registry = new PluginRegistry(context, { createTimeoutMs: 100 });
    const dispose = vi.fn();
    const ready = new EventEmitter();
    registry.register([filterPlugin('slow', () => once(ready, 'ready').then(() => ({ dispose })))], 'the test');

    const creating = registry.create('filter', 'slow', {}, 'x');
    const refused = expect(creating).rejects.toMatchObject({
      code: 'ERR_REGISTRY_CREATE_TIMEOUT',
      message: expect.stringContaining('filter "slow" was not ready within 100 ms'),
    });
    await context.clock.advance(100);
    await refused;
    expect(dispose).not.toHaveBeenCalled();

    ready.emit('ready');
    await context.clock.advance(0);
    expect(dispose).toHaveBeenCalledTimes(1);
    await registry.dispose();
    expect(dispose).toHaveBeenCalledTimes(1);
  });

  it('keeps the process alive while a plugin is being created, and no longer', async () => {
    const context = pluginContext();
    const registry = new PluginRegistry(context, { createTimeoutMs: 100 });
    registry.register([filterPlugin('hangs', () => new Promise(() => {}))], 'the test');
    const before = openTimers();
    const refused = expect(registry.create('filter', 'hangs', {}, 'x')).rejects.toThrow('"hangs"');
    await context.clock.advance(99);
    expect(openTimers()).toBe(before + 1);
    await context.clock.advance(1);
    await refused;
    expect(openTimers()).toBe(before);
    expect(context.clock.pending).toBe(0);
  });
});

describe('disposing', () => {
  it('ends parts in the reverse order of their creation, exporters through stop', async () => {
    const log: string[] = [];
    const exporter: Exporter = { start: () => {}, stop: () => void log.push('exporter') };
    const registry = registryOf(
      noted(log, 'first'),
      noted(log, 'last'),
      definePlugin({ kind: 'exporter', name: 'file', apiVersion: 1, options: z.unknown(), create: () => exporter }),
    );
    await registry.create('filter', 'first', {}, 'x');
    await registry.create('exporter', 'file', {}, 'x');
    await registry.create('filter', 'last', {}, 'x');
    await registry.dispose();
    expect(log).toEqual(['last', 'exporter', 'first']);
    await registry.dispose();
    expect(log).toHaveLength(3);
  });

  it('ends what had been created when a later plugin failed', async () => {
    const log: string[] = [];
    const registry = registryOf(
      noted(log, 'first'),
      filterPlugin('bad', () => {
        throw new Error('bad');
      }),
    );
    await registry.create('filter', 'first', {}, 'x');
    await expect(registry.create('filter', 'bad', {}, 'x')).rejects.toThrow('bad');
    await registry.dispose();
    expect(log).toEqual(['first']);
  });

  it('goes on when a part fails or hangs, and reports every failure at the end', async () => {
    const log: string[] = [];
    const context = pluginContext();
    const registry = new PluginRegistry(context, { disposeTimeoutMs: 50 });
    registry.register(
      [
        noted(log, 'first'),
        filterPlugin('bad', () => ({
          dispose: () => {
            throw new Error('no');
          },
        })),
        filterPlugin('hangs', () => ({ dispose: () => new Promise<void>(() => {}) })),
      ],
      'the test',
    );
    for (const name of ['first', 'bad', 'hangs']) await registry.create('filter', name, {}, 'x');
    const refused = expect(registry.dispose()).rejects.toMatchObject({
      code: 'ERR_REGISTRY_DISPOSE_FAILED',
      message: 'plugins failed to shut down: filter "hangs": not done within 50 ms; filter "bad": no',
      cause: { errors: [{ message: expect.any(String) }, { message: expect.any(String) }] },
    });
    await context.clock.advance(50);
    await refused;
    expect(log).toEqual(['first']);
  });

  it('leaves alone what was handed over', async () => {
    const log: string[] = [];
    const registry = registryOf(noted(log, 'mine'), noted(log, 'yours'));
    await registry.create('filter', 'mine', {}, 'x');
    registry.handOver(await registry.create('filter', 'yours', {}, 'x'));
    await registry.dispose();
    expect(log).toEqual(['mine']);
  });

  it('disposes of a part that was still being created, and refuses it to the caller', async () => {
    const log: string[] = [];
    const registry = registryOf(
      filterPlugin('slow', async () => {
        await registry.dispose();
        return { dispose: () => void log.push('slow') };
      }),
    );
    await expect(registry.create('filter', 'slow', {}, 'x')).rejects.toMatchObject({ code: 'ERR_REGISTRY_DISPOSED' });
    expect(log).toEqual(['slow']);
  });
});
