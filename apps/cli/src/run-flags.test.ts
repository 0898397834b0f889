import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '@millpond/proxy';
import type { ProxyConfig } from '@millpond/proxy';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configOfFlags, overridesOfFlags } from './run-flags.ts';
import type { RunFlags } from './run-flags.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millpond-flags-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function withConfig(config: object, flags: RunFlags): Promise<ProxyConfig> {
  const file = join(folder, 'config.json');
  await writeFile(file, JSON.stringify(config));
  return loadConfig(file, { env: {}, overrides: (written) => overridesOfFlags(flags, written) });
}

describe('flags alone', () => {
  test('make a config of one HTTP app, with defaults of their own', async () => {
    const backend = ['http://127.0.0.1:9001', 'http://127.0.0.1:9002'];
    const { apps, upstreams } = await loadConfig(undefined, { env: {}, overrides: configOfFlags({ backend }) });
    expect(apps).toMatchObject([{ name: 'proxy', protocol: 'http', frontends: [{ address: { port: 8080 } }] }]);
    expect(upstreams['proxy']).toMatchObject({
      strategy: { name: 'round-robin' },
      pool: { max: 50, idleTimeoutMs: 30_000 },
      health: { intervalMs: 5_000 },
    });
    expect(upstreams['proxy']?.backends.map(({ url }) => url)).toEqual(backend);
  });

  test('make a TCP app of addresses without a scheme', async () => {
    const overrides = configOfFlags({ backend: ['127.0.0.1:5432'], port: 5000, strategy: 'random', debug: true });
    const { apps, upstreams, log } = await loadConfig(undefined, { env: {}, overrides });
    expect(apps).toMatchObject([{ protocol: 'tcp', frontends: [{ address: { port: 5000 } }] }]);
    expect(upstreams['proxy']?.strategy.name).toBe('random');
    expect(log.level).toBe('debug');
  });
});

describe('flags with a config', () => {
  const flags = { strategy: 'random', maxConnections: 7, idleTimeout: 1_000, healthInterval: 2_000 };
  const changed = {
    strategy: { name: 'random' },
    pool: { max: 7, minIdle: 2, idleTimeoutMs: 1_000 },
    health: { intervalMs: 2_000, unhealthyThreshold: 9 },
  };

  test('change the rules of every upstream and leave the rest', async () => {
    const rules = { pool: { max: 3, minIdle: 2 }, health: { unhealthyThreshold: 9 } };
    const { upstreams } = await withConfig(
      {
        upstreams: { 'a.b': { backends: ['h:1'], ...rules }, quiet: { backends: ['h:2'], health: false } },
        apps: [
          { name: 'one', protocol: 'http', ports: [1], upstream: 'a.b' },
          { name: 'two', ports: [2], targets: ['h:3'], ...rules },
        ],
      },
      flags,
    );
    expect(upstreams['a.b']).toMatchObject(changed);
    expect(upstreams['two']).toMatchObject(changed);
    expect(upstreams['quiet']).toMatchObject({ pool: { max: 7 }, health: false });
  });

  test('take the place of the port and the backends of the only app', async () => {
    const { apps, upstreams } = await withConfig(
      {
        upstreams: { web: { backends: ['h:1'] } },
        apps: [{ name: 'one', protocol: 'http', frontends: [{ listen: '[::1]:1' }], upstream: 'web' }],
      },
      { port: 99, backend: ['h:7'] },
    );
    expect(apps).toMatchObject([{ upstream: 'one', frontends: [{ address: { host: '0.0.0.0', port: 99 } }] }]);
    expect(upstreams['one']?.backends.map(({ url }) => url)).toEqual(['http://h:7']);
  });

  test('keep an app that is for TCP because of its targets for TCP', async () => {
    const { upstreams } = await withConfig(
      { apps: [{ name: 'db', ports: [1], targets: ['h:1'] }] },
      { backend: ['h:7'] },
    );
    expect(upstreams['db']).toMatchObject({ protocol: 'tcp', backends: [{ url: 'h:7' }] });
  });

  test('cannot say which of several apps a port is for', async () => {
    const app = { ports: [1], targets: ['h:1'] };
    await expect(
      withConfig(
        {
          apps: [
            { name: 'a', ...app },
            { name: 'b', ...app },
          ],
        },
        { port: 99 },
      ),
    ).rejects.toThrow('--port and --backend need a config of one app, and this one has 2.');
  });

  test('are not confused by a config that makes no sense', async () => {
    await expect(withConfig({ apps: 3, upstreams: [null] }, flags)).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
    });
    await expect(withConfig([], flags)).rejects.toMatchObject({ code: 'ERR_CONFIG_INVALID' });
  });
});
