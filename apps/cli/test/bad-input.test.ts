import { connectRaw, startRawServer } from '@millpond/testkit';
import { describe, expect, it } from 'vitest';
import { Millpond, TemporaryFolder } from './support/millpond.ts';

/** A config that is right but for what is put into it. */
function config(app: object, rest: object = {}): object {
  return {
    apps: [{ name: 'web', protocol: 'http', frontends: [{ listen: '127.0.0.1:0' }], targets: ['127.0.0.1:9'], ...app }],
    ...rest,
  };
}

const plugin = (text: string): string => `export const plugins = [${text}];`;
const strategy =
  "kind: 'strategy', name: 'own', options: { '~standard': { version: 1, vendor: 'x', validate: (value) => ({ value }) } }";

describe('a bad config', () => {
  it.each([
    [
      'an unknown key',
      config({ strateegy: 'random' }),
      'ERR_CONFIG_INVALID',
      /config\.json:1:\d+: apps\[0\]\.strateegy.*strategy/,
    ],
    ['a wrong type', config({ pool: { max: 'many' } }), 'ERR_CONFIG_INVALID', /apps\[0\]\.pool\.max/],
    [
      'a duplicate port',
      config({ frontends: [{ listen: '127.0.0.1:8080' }, { listen: '127.0.0.1:8080' }] }),
      'ERR_CONFIG_INVALID',
      /8080/,
    ],
    ['an unknown strategy', config({ strategy: 'rond-robin' }), 'ERR_CONFIG_INVALID', /round-robin/],
    [
      'a plugin that does not exist',
      config({}, { plugins: ['./gone.mjs'] }),
      'ERR_REGISTRY_PLUGIN_NOT_FOUND',
      /gone\.mjs/,
    ],
    ['a plugin of another API version', config({}, { plugins: ['./old.mjs'] }), 'ERR_REGISTRY_API_VERSION', /own/],
    [
      'a module that throws',
      config({}, { plugins: ['./throws.mjs'] }),
      'ERR_REGISTRY_MODULE_FAILED',
      /broken on purpose/,
    ],
    [
      'a plugin that throws',
      config({ strategy: 'own' }, { plugins: ['./create.mjs'] }),
      'ERR_REGISTRY_CREATE_FAILED',
      /broken on purpose/,
    ],
    [
      'a template value that nothing provides',
      config({ filters: [{ use: 'headers', options: { response: { set: { 'x-bytes': '${path.bytes}' } } } }] }),
      'ERR_CONFIG_INVALID',
      /path\.bytes/,
    ],
  ])('with %s ends in exit 78, its code and its place', async (_what, content, code, message) => {
    await using folder = await TemporaryFolder.create();
    await folder.write('old.mjs', plugin(`{ ${strategy}, apiVersion: 2, create: () => ({}) }`));
    await folder.write('throws.mjs', "throw new Error('broken on purpose');");
    await folder.write(
      'create.mjs',
      plugin(`{ ${strategy}, apiVersion: 1, create() { throw new Error('broken on purpose'); } }`),
    );
    const file = await folder.write('config.json', content);
    const run = await Millpond.to(['run', file]);
    expect(await run.exit(), run.stderr).toBe(78);
    expect(run.stderr).toContain(code);
    expect(run.stderr).toMatch(message);
    expect(run.stdout).toBe('');
  });
});

describe('millpond check', () => {
  it('loses nothing of a long answer in a pipe', async () => {
    await using folder = await TemporaryFolder.create();
    const targets = Array.from({ length: 2000 }, (_, index) => `127.0.0.1:${10_000 + index}`);
    const run = await Millpond.to(['check', '--json', await folder.write('config.json', config({ targets }))]);
    expect(await run.exit(), run.stderr).toBe(0);
    expect(JSON.parse(run.stdout)).toMatchObject({ valid: true });
  });
});

describe('a bad backend', () => {
  it('that refuses, hangs, or answers garbage gives 502, 504, 502 with a code, then 503, and the proxy lives on', async () => {
    await using folder = await TemporaryFolder.create();
    await using hangs = await startRawServer((socket) => socket.resume());
    // The near end of a connection: nobody listens there, and no one else gets that port.
    await using taken = await connectRaw(hangs.address);
    const closed = taken.socket.localPort;
    await using garbage = await startRawServer((socket) => socket.once('data', () => socket.end('what?\r\n\r\n')));
    const app = (name: string, target: string): object => ({
      name,
      protocol: 'http',
      frontends: [{ listen: '127.0.0.1:0' }],
      targets: [target],
      health: false,
      timeouts: { request: '300ms' },
    });
    const file = await folder.write('config.json', {
      apps: [app('refuses', `127.0.0.1:${closed}`), app('hangs', hangs.url), app('garbage', garbage.url)],
    });
    await using millpond = await Millpond.run(file, { apps: 3 });
    const ask = async (name: string): Promise<string> => {
      const response = await fetch(millpond.url(name));
      return `${response.status} ${/ERR_[A-Z_]+/.exec(await response.text())?.[0]}`;
    };
    expect(await ask('refuses')).toBe('502 ERR_UPSTREAM_CONNECT_FAILED');
    expect(await ask('refuses')).toBe('503 ERR_UPSTREAM_UNAVAILABLE');
    expect(await ask('hangs')).toBe('504 ERR_HTTP_BACKEND_TIMEOUT');
    expect(await ask('garbage')).toBe('502 ERR_HTTP_BAD_RESPONSE');
    expect(await ask('garbage')).toBe('502 ERR_HTTP_BAD_RESPONSE');
    expect(await millpond.stop()).toBe(0);
  });
});
