import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from './main.ts';
import type { StopSignal, Terminal } from './terminal.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millpond-cli-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function write(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}

/** Runs the command line to its end; `onOutput` may send signals. */
async function run(
  args: readonly string[],
  {
    env = {},
    onOutput,
  }: { env?: Terminal['env']; onOutput?: (output: string, signal: (name: StopSignal) => void) => void } = {},
) {
  let stdout = '';
  let stderr = '';
  const listeners = new Set<(signal: StopSignal) => void>();
  const signal = (name: StopSignal) => {
    for (const listener of listeners) listener(name);
  };
  const code = await main(args, {
    env,
    stdout: {
      write: (text) => {
        stdout += text;
        onOutput?.(stdout + stderr, signal);
      },
    },
    stderr: {
      write: (text) => {
        stderr += text;
        onOutput?.(stdout + stderr, signal);
      },
    },
    onStopSignal: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  });
  return { code, stdout, stderr: stderr.replaceAll(folder, '') };
}

const web = 'apps: [{ name: web, protocol: http, ports: [0], backends: ["http://127.0.0.1:1"], health: false }]';

describe('the command line', () => {
  test('tells its version and its help on stdout', async () => {
    expect(await run(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+/),
      stderr: '',
    });
    expect(await run(['run', '--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('--backend <url>') });
  });

  test('without a command shows its help, as a complaint', async () => {
    expect(await run([])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('Usage: millpond') });
  });

  test.each([
    [['rnu'], "error: unknown command 'rnu'\n(Did you mean run?)\n"],
    [['run', '--prot', '80'], "error: unknown option '--prot'\n(Did you mean --port?)\n"],
    [
      ['run', '-port', '65536'],
      "error: option '--port <port>' argument '65536' is invalid. Expected a port from 0 to 65535.\n",
    ],
    [
      ['run', '--max-connections', '0'],
      "error: option '--max-connections <n>' argument '0' is invalid. Expected a whole number from 1 on.\n",
    ],
    [['check', 'a.yaml', '-c', 'b.yaml'], 'error: Two configs are named, a.yaml and b.yaml. Name one.\n'],
  ])('%j is refused with 2', async (args, stderr) => {
    expect(await run(args)).toEqual({ code: 2, stdout: '', stderr });
  });

  test('blames a flag, with 2, for a value that the config cannot have', async () => {
    const { code, stderr } = await run(['run', '--backend', 'nowhere']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^--backend: apps\[0\].backends\[0\]: "nowhere" is not a backend: the port is missing/);
  });
});

describe('millpond check', () => {
  test('says what was understood', async () => {
    const file = await write(
      'good.yaml',
      `
admin: { listen: ":9090" }
upstreams:
  api: { backends: ["10.0.0.1:80", { url: "10.0.0.2:80", id: two, weight: 3, priority: 1 }], health: { path: /up } }
apps:
  - name: shop
    protocol: http
    frontends: [{ listen: ":8080" }, { listen: "[::1]:8080" }]
    backends: ["10.0.1.1:80"]
    routes: [{ match: { host: api.example.com, path: /v1/ }, upstream: api }]
    filters: [path-stats]
    health: false
  - { name: hop, protocol: http, ports: [8081], routes: [{ match: { path: / }, upstream: shop }] }`,
    );
    const { code, stdout, stderr } = await run(['check', file]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.replaceAll(folder, '')).toMatchInlineSnapshot(`
      "/good.yaml is valid.

      app shop: http on 0.0.0.0:8080, [::1]:8080
        filter path-stats
        api.example.com/v1/ -> api
        all else -> shop
      app hop: http on 0.0.0.0:8081
        / -> shop
        all else -> 404 Not Found
      upstream api: round-robin over 2 backends, http probe every 5s, up to 100 connections to each
        http://10.0.0.1:80
        http://10.0.0.2:80 (two), weight 3, priority 1
      upstream shop: round-robin over 1 backend, not probed, up to 100 connections to each
        http://10.0.1.1:80
      admin on 0.0.0.0:9090
      "
    `);
  });

  test('writes JSON for programs', async () => {
    const { code, stdout } = await run(['check', '--json', '-config', await write('json.yaml', web)]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ valid: true, config: { apps: [{ name: 'web', upstream: 'web' }] } });
  });

  test('points at what is wrong, with 78', async () => {
    const file = await write('bad.yaml', `${web}\nlgo: {}\n`);
    expect(await run(['check', file])).toEqual({
      code: 78,
      stdout: '',
      stderr:
        '/bad.yaml:2:1: lgo: unknown key; did you mean "log"? (known: plugins, log, admin, shutdown, upstreams, apps)\n' +
        'error: The config cannot be used (ERR_CONFIG_INVALID)\n',
    });
    const { code, stdout } = await run(['check', file, '--json']);
    expect(code).toBe(78);
    expect(JSON.parse(stdout)).toMatchObject({
      valid: false,
      code: 'ERR_CONFIG_INVALID',
      issues: [{ line: 2, path: 'lgo' }],
    });
  });

  test('knows the plugins, too', async () => {
    const file = await write('plugins.yaml', web.replace('health', 'strategy: round-robbin, health'));
    const { code, stderr } = await run(['check', file]);
    expect(code).toBe(78);
    expect(stderr).toMatch(/^\/plugins.yaml:1:\d+: apps\[0\].strategy: .*round-robin/);
    const missing = await run(['check', await write('module.yaml', `plugins: [./nowhere.mjs]\n${web}`)]);
    expect(missing).toMatchObject({ code: 78, stdout: '', stderr: expect.stringContaining('nowhere.mjs') });
  });

  test('misses the file, with 78', async () => {
    expect(await run(['check', join(folder, 'nowhere.yaml')])).toEqual({
      code: 78,
      stdout: '',
      stderr: '/nowhere.yaml: there is no such file\nerror: The config cannot be used (ERR_CONFIG_NOT_FOUND)\n',
    });
  });
});

describe('the config of the current folder', () => {
  const check = async (cwd: string) => {
    const executable = fileURLToPath(new URL('../bin/millpond.js', import.meta.url));
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [executable, 'check'], { cwd });
      return stdout.split('\n')[0];
    } catch (error) {
      return error instanceof Error && 'stderr' in error && 'code' in error
        ? `${String(error.code)}: ${String(error.stderr)}`
        : error;
    }
  };

  test('is config.json, then millpond.yaml', async () => {
    await mkdir(join(folder, 'here'));
    expect(await check(join(folder, 'here'))).toBe(
      '78: error: There is neither config.json nor millpond.yaml in this folder. Name a config: --config FILE\n',
    );
    await write('here/millpond.yaml', web);
    expect(await check(join(folder, 'here'))).toBe('millpond.yaml is valid.');
    await write('here/config.json', '{ "apps": [{ "name": "a", "ports": [1], "targets": ["127.0.0.1:2"] }] }');
    expect(await check(join(folder, 'here'))).toBe('config.json is valid.');
  });
});

describe('millpond run', () => {
  test('serves a config until a signal, with its log on stderr', async () => {
    const { code, stdout, stderr } = await run(['run', await write('run.yaml', web)], {
      onOutput: (output, signal) => {
        if (output.includes('App is open') && !output.includes('Stopping')) signal('SIGTERM');
      },
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    const messages = stderr
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(messages).toContainEqual(expect.objectContaining({ msg: 'App is open', app: 'web' }));
  });

  test('takes the level of its log from flag or environment', async () => {
    const file = await write('level.yaml', web);
    const onOutput = (output: string, signal: (name: StopSignal) => void) => {
      if (output.includes('App is open') && !output.includes('Stopping')) signal('SIGTERM');
    };
    const loud = await run(['run', file, '-loglevel', '1'], { env: { MILLPOND_LOG_LEVEL: 'silent' }, onOutput });
    expect(loud.stderr).toContain('App is open');
    const bad = await run(['run', file], { env: { MILLPOND_LOG_LEVEL: 'loud' } });
    expect(bad).toMatchObject({
      code: 78,
      stderr: expect.stringMatching(/^MILLPOND_LOG_LEVEL: log.level: expected one of/),
    });
  });

  test('writes lines for people where the config says so', async () => {
    const file = await write('pretty.yaml', `${web}\nlog: { format: pretty }`);
    const { stderr } = await run(['run', file], {
      onOutput: (output, signal) => {
        if (output.includes('App is open') && !output.includes('Stopping')) signal('SIGINT');
      },
    });
    expect(stderr).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: App is open$/m);
  });
});

describe('millpond demo', () => {
  test('tells programs its addresses as JSON', async () => {
    const { code, stdout } = await run(['demo', '--port', '0', '--admin', '127.0.0.1:0', '--json'], {
      onOutput: (output, signal) => {
        if (output.endsWith('}\n')) signal('SIGINT');
      },
    });
    expect(code).toBe(0);
    const url = expect.stringMatching(/^http:\/\/[\w.]+:\d+$/);
    expect(JSON.parse(stdout)).toEqual({ proxy: url, admin: url, backends: [url, url, url] });
  });

  test('does not wait for a port that is busy, but names another way', async () => {
    const other = createServer().listen(0, '0.0.0.0');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' ? `${address?.port}` : '';
    try {
      const quiet = ['--log-level', 'silent'];
      expect(await run(['demo', '--port', port, '--admin', '127.0.0.1:0', ...quiet])).toEqual({
        code: 1,
        stdout: '',
        stderr: `error: 0.0.0.0:${port} is in use. Choose another: millpond demo --port 8081\n`,
      });
      expect(await run(['demo', '--port', '0', '--admin', `127.0.0.1:${port}`, ...quiet])).toEqual({
        code: 1,
        stdout: '',
        stderr: 'error: The admin address is in use. Choose another: millpond demo --admin 127.0.0.1:9091\n',
      });
    } finally {
      other.close();
    }
  });
});
