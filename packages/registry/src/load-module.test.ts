import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pluginContext } from '@millpond/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveModule } from './load-module.ts';
import { PluginRegistry } from './plugin-registry.ts';

const goodModule = (name: string): string => `
  const validate = (value) => ({ value });
  export const plugins = [{
    kind: 'filter', name: '${name}', apiVersion: 1,
    options: { '~standard': { version: 1, vendor: 'test', validate } },
    create: () => ({}),
  }];`;

let folder: string;
let config: string;
let registry: PluginRegistry;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millpond-registry-'));
  config = join(folder, 'etc', 'config.yaml');
  registry = new PluginRegistry(pluginContext());
});

afterEach(() => rm(folder, { recursive: true }));

async function write(path: string, text: string): Promise<string> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

describe('loading a module', () => {
  it('resolves paths relative to the config file', async () => {
    await write('etc/plugins/near.mjs', goodModule('near'));
    await write('up.mjs', goodModule('up'));
    await registry.load('./plugins/near.mjs', { from: config });
    await registry.load('../up.mjs', { from: config });
    expect(registry.names('filter')).toEqual(['near', 'up']);
  });

  it('takes an absolute path', async () => {
    const file = await write('elsewhere/absolute.mjs', goodModule('absolute'));
    await registry.load(file, { from: config });
    expect(registry.names('filter')).toEqual(['absolute']);
  });

  it('takes paths with characters that mean something in a URL', async () => {
    const file = await write('odd %20#name?/module.mjs', goodModule('odd'));
    expect(resolveModule(file, config)).toBe(pathToFileURL(file).href);
    expect(resolveModule('../odd %20#name?/module.mjs', config)).toBe(pathToFileURL(file).href);
  });

  it('finds an npm package beside the config file, through its exports', async () => {
    const name = 'node_modules/@acme/millpond-plugin-x';
    await write(`${name}/package.json`, JSON.stringify({ type: 'module', exports: './lib/main.js' }));
    await write(`${name}/lib/main.js`, goodModule('packaged'));
    await registry.load('@acme/millpond-plugin-x', { from: config });
    expect(registry.names('filter')).toEqual(['packaged']);
  });

  it('says what it looked for, and from where, when there is no such file', async () => {
    await expect(registry.load('./missing.mjs', { from: config })).rejects.toMatchObject({
      code: 'ERR_REGISTRY_PLUGIN_NOT_FOUND',
      message:
        `plugin module "./missing.mjs", named in ${config}, was not found: ${join(folder, 'etc', 'missing.mjs')} ` +
        'does not exist; paths are relative to the file that names them',
    });
  });

  it('says how to install a package that is not there', async () => {
    await expect(registry.load('millpond-plugin-missing', { from: config })).rejects.toMatchObject({
      code: 'ERR_REGISTRY_PLUGIN_NOT_FOUND',
      message: expect.stringContaining('npm install millpond-plugin-missing'),
      cause: { code: 'ERR_MODULE_NOT_FOUND' },
    });
  });

  it('refuses a folder, and code that is not in a file', async () => {
    await write('etc/plugins/near.mjs', goodModule('near'));
    for (const specifier of ['./plugins', 'node:fs', 'data:text/javascript,export const plugins = []']) {
      await expect(registry.load(specifier, { from: config })).rejects.toMatchObject({
        code: 'ERR_REGISTRY_PLUGIN_NOT_FOUND',
      });
    }
  });

  it('keeps the cause when a module throws', async () => {
    await write('etc/throws.mjs', `throw new Error('not today');`);
    await expect(registry.load('./throws.mjs', { from: config })).rejects.toMatchObject({
      code: 'ERR_REGISTRY_MODULE_FAILED',
      message: expect.stringMatching(/throws\.mjs failed to load: not today$/),
      cause: { message: 'not today' },
    });
  });

  it('does not call a module missing when it is one of its own imports that is', async () => {
    await write('etc/imports.mjs', `import './nowhere.mjs'; export const plugins = [];`);
    await expect(registry.load('./imports.mjs', { from: config })).rejects.toMatchObject({
      code: 'ERR_REGISTRY_MODULE_FAILED',
    });
  });

  it('refuses a module without an array of plugins', async () => {
    await write('etc/empty.mjs', `export const plugin = {};`);
    await expect(registry.load('./empty.mjs', { from: config })).rejects.toMatchObject({
      code: 'ERR_REGISTRY_MODULE_INVALID',
      message: expect.stringContaining('must export an array called "plugins"'),
    });
  });

  it('names the module when one of its plugins is refused', async () => {
    await write('etc/bad.mjs', `export const plugins = [{ kind: 'filter', name: 'x', apiVersion: 99 }];`);
    await expect(registry.load('./bad.mjs', { from: config })).rejects.toMatchObject({
      code: 'ERR_REGISTRY_API_VERSION',
      message: expect.stringContaining('filter "x" from "./bad.mjs"'),
    });
  });

  it('gives up on a module that never finishes loading', async () => {
    const context = pluginContext();
    registry = new PluginRegistry(context, { createTimeoutMs: 100 });
    await write('etc/hangs.mjs', `await new Promise(() => {}); export const plugins = [];`);
    const refused = expect(registry.load('./hangs.mjs', { from: config })).rejects.toMatchObject({
      code: 'ERR_REGISTRY_MODULE_TIMEOUT',
    });
    await context.clock.advance(100);
    await refused;
  });
});
