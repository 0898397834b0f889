import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigError } from './config-error.ts';
import { loadConfig } from './load-config.ts';
import type { LoadConfigOptions } from './load-config.ts';

let folder: string;
let written = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millpond-config-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** Loads a config of that text; the name is new each time, as modules are kept once they are imported. */
async function load(text: string, options: LoadConfigOptions = { env: {} }, ending = '.yaml') {
  const file = join(folder, `config-${(written += 1)}${ending}`);
  await writeFile(file, text);
  return loadConfig(file, options);
}

async function complaint(loading: Promise<unknown>): Promise<string> {
  const error: unknown = await loading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ConfigError)) throw new Error('expected a ConfigError', { cause: error });
  return `${error.code}\n${error.message.replaceAll(folder, '').replaceAll(/config-\d+/g, 'config')}`;
}

const apps = 'apps: [{ name: web, protocol: http, ports: [8080], backends: ["127.0.0.1:9001"] }]';

describe('a config file', () => {
  test('in YAML and in JSON is read alike', async () => {
    const json =
      '{\n\t"apps": [{ "name": "web", "protocol": "http", "ports": [8080], "backends": ["127.0.0.1:9001"] }]\n}';
    const { source: yamlSource, ...fromYaml } = await load(apps);
    const { source: jsonSource, ...fromJson } = await load(json, { env: {} }, '.json');
    expect(fromJson).toEqual(fromYaml);
    expect(yamlSource.file).toMatch(/config-\d+\.yaml$/);
    expect(jsonSource.file).toMatch(/config-\d+\.json$/);
  });

  test('may be a module', async () => {
    const text =
      'export default { apps: [{ name: "a", ports: [0], targets: ["127.0.0.1:" + 9001] }], log: { level: "${X}" } };';
    expect(await complaint(load(text, { env: { X: 'debug' } }, '.mjs'))).toBe(
      'ERR_CONFIG_INVALID\n/config.mjs: log.level: expected one of "debug", "info", "warn", "error", "fatal", "silent", got "${X}"',
    );
    const config = await load(text.replace('${X}', 'warn'), { env: {} }, '.mjs');
    expect(config.log.level).toBe('warn');
  });

  test('that is not there, or is a folder, is reported as such', async () => {
    const nowhere = join(folder, 'nowhere.yaml');
    expect(await complaint(loadConfig(nowhere))).toBe('ERR_CONFIG_NOT_FOUND\n/nowhere.yaml: there is no such file');
    await mkdir(join(folder, 'folder.yaml'));
    expect(await complaint(loadConfig(join(folder, 'folder.yaml')))).toMatch(
      /^ERR_CONFIG_UNREADABLE\n\/folder.yaml: cannot be read: EISDIR/,
    );
  });

  test('whose module fails, or exports nothing, is reported as such', async () => {
    expect(await complaint(load('throw new Error("no luck");', {}, '.mjs'))).toBe(
      'ERR_CONFIG_UNREADABLE\n/config.mjs: the module failed: no luck',
    );
    expect(await complaint(load('export const config = {};', {}, '.mjs'))).toBe(
      'ERR_CONFIG_UNREADABLE\n/config.mjs: expected a default export: `export default defineConfig({ … })`',
    );
  });

  test('points at the line of a fault that is found later', async () => {
    const { source } = await load(`# first\n${apps}\n`);
    expect(source.issue('apps[0].protocol', 'why')).toMatchObject({ line: 2, column: 31 });
    expect(source.issue('apps[0].strategy.options.choices', 'why')).toMatchObject({ line: 2, column: 8 });
    expect(source.issue('apps[7]', 'why')).toMatchObject({ line: 2, column: 7 });
  });
});

describe('the environment', () => {
  test('fills in variables, typed anew', async () => {
    const text = apps.replace('8080', '"${PORT}"').replace('127.0.0.1', '${HOST:-10.0.0.1}');
    const { apps: loaded, upstreams } = await load(text, { env: { PORT: '8443' } });
    expect(loaded[0]?.frontends[0]?.address).toEqual({ host: '0.0.0.0', port: 8443 });
    expect(upstreams['web']?.backends[0]?.address).toEqual({ host: '10.0.0.1', port: 9001 });
  });

  test('is missed by line, column and name', async () => {
    expect(await complaint(load(`log: { level: "\${LEVEL}" }\n${apps.replace('web', '"${NAME}"')}`))).toBe(
      [
        'ERR_CONFIG_INVALID',
        '/config.yaml:1:15: log.level: the environment variable LEVEL is not set; set it, or write ${LEVEL:-default}',
        '/config.yaml:2:16: apps[0].name: the environment variable NAME is not set; set it, or write ${NAME:-default}',
      ].join('\n'),
    );
  });

  test('goes before the file, and flags before both', async () => {
    const text = `log: { level: error, access: true }\nshutdown: { timeout: 1s }\n${apps}`;
    const env = {
      MILLPOND_LOG_LEVEL: 'warn',
      MILLPOND_LOG_FORMAT: 'pretty',
      MILLPOND_ADMIN_LISTEN: '127.0.0.1:9999',
      MILLPOND_SHUTDOWN_TIMEOUT: '5000',
    };
    const overrides = [{ path: 'log.level', value: 'debug', origin: '--log-level' }];
    const config = await load(text, { env, overrides });
    expect(config.log).toMatchObject({ level: 'debug', format: 'pretty', access: true });
    expect(config.admin).toEqual({ listen: { host: '127.0.0.1', port: 9999 } });
    expect(config.shutdown).toEqual({ timeoutMs: 5_000 });
  });

  test('is named where what it sets is wrong', async () => {
    expect(await complaint(load(apps, { env: { MILLPOND_LOG_LEVEL: 'loud', MILLPOND_SHUTDOWN_TIMEOUT: '' } }))).toBe(
      'ERR_CONFIG_INVALID\nMILLPOND_LOG_LEVEL: log.level: expected one of "debug", "info", "warn", "error", "fatal", "silent", got "loud"',
    );
  });
});

describe('overrides', () => {
  test('may be computed from what the file says', async () => {
    const config = await load(apps, {
      env: {},
      overrides: (value) => [
        { path: 'apps[0].ports', value: JSON.stringify(value).includes('8080') ? [9] : [], origin: '--port' },
      ],
    });
    expect(config.apps[0]?.frontends[0]?.address).toEqual({ host: '0.0.0.0', port: 9 });
  });

  test('may take something away', async () => {
    const config = await load(`admin: {}\n${apps}`, {
      env: {},
      overrides: [{ path: 'admin', value: undefined, origin: '--no-admin' }],
    });
    expect(config.admin).toBeUndefined();
  });

  test('may say it all', async () => {
    const app = { name: 'a', ports: [1], targets: ['h:2'] };
    const config = await loadConfig(undefined, {
      env: {},
      overrides: [{ path: 'apps', value: [app], origin: '--backend' }],
    });
    expect(config.apps).toHaveLength(1);
    expect(config.source.file).toBeUndefined();
  });

  test('are named where they are wrong', async () => {
    const overrides = [{ path: 'apps[0].pool.max', value: 'many', origin: '--max-connections' }];
    expect(await complaint(load(apps, { env: {}, overrides }))).toBe(
      'ERR_CONFIG_INVALID\n--max-connections: apps[0].pool.max: expected a number, got "many"',
    );
  });
});
