import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect, type ConnectionOptions } from 'node:tls';
import { connectRaw, recordingLogger, startEchoServer, startHttpBackend, TestAuthority } from '@millpond/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkCertificates } from '../check-certificates.ts';
import { parseConfig, objectSource, type ConfigInput } from '../config/index.ts';
import { createProxy } from '../create-proxy.ts';
import type { Proxy } from '../proxy.ts';

const authority = new TestAuthority();
const localhost = authority.issue({ names: ['localhost', '127.0.0.1'] });
const logger = recordingLogger();
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millpond-tls-'));
  await write('ca.pem', authority.ca);
  await store('a', localhost);
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

function write(name: string, content: string): Promise<void> {
  return writeFile(join(folder, name), content);
}

/** Puts a pair into place as renewing programs do: by renaming. */
async function store(name: string, { cert, key }: { cert: string; key: string }): Promise<void> {
  await write('next', cert);
  await rename(join(folder, 'next'), join(folder, `${name}.pem`));
  await write('next', key);
  await rename(join(folder, 'next'), join(folder, `${name}.key`));
}

/** A config whose files are in the folder of the test. */
function parse(config: ConfigInput) {
  return parseConfig(config, objectSource(join(folder, 'millpond.yaml')));
}

const frontends = [{ listen: '127.0.0.1:0', tls: { certificates: [{ cert: 'a.pem', key: 'a.key' }] } }];

async function start(config: ConfigInput) {
  const proxy = createProxy(parse(config), { logger });
  await proxy.start();
  return Object.assign(proxy, { [Symbol.asyncDispose]: () => proxy.stop({ timeoutMs: 0 }) });
}

function addressOf(proxy: Proxy): { host: string; port: number } {
  const [open] = proxy.addresses;
  if (open === undefined || !('port' in open.address)) throw new Error('it has no port');
  return open.address;
}

async function fetchFrom(proxy: Proxy, options: ConnectionOptions = {}) {
  const trust = { ca: authority.ca, servername: 'localhost', agent: false };
  const [response] = await once(get({ ...addressOf(proxy), ...trust, ...options }), 'response');
  return { status: response.statusCode, body: await text(response) };
}

/** Serial number of the certificate that a new client gets. */
async function serialShown(proxy: Proxy): Promise<string> {
  const socket = connect({ ...addressOf(proxy), ca: authority.ca, servername: 'localhost' });
  await once(socket, 'secureConnect');
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

describe('a proxy with TLS', () => {
  test('serves HTTP over it on both sides, and probes its backends by it', async () => {
    await using backend = await startHttpBackend({ tls: localhost, name: 'one' });
    await using proxy = await start({
      apps: [
        {
          name: 'web',
          protocol: 'http',
          frontends,
          backends: [backend.url],
          tls: { ca: 'ca.pem' },
          health: { path: '/', interval: '10ms' },
        },
      ],
    });
    expect(await fetchFrom(proxy)).toEqual({ status: 200, body: 'one' });
    await expect.poll(() => proxy.upstreams.get('web')?.stats().backends[0]?.state).toBe('up');
    await expect.poll(() => backend.requests).toBeGreaterThan(3);
  });

  test('relays TCP over it on both sides', async () => {
    await using backend = await startEchoServer({ tls: localhost });
    const tcp = { name: 'echo', protocol: 'tcp' as const, frontends, backends: [backend.url] };
    await using proxy = await start({ apps: [{ ...tcp, tls: { ca: 'ca.pem' }, health: { interval: '10ms' } }] });
    await using client = await connectRaw(addressOf(proxy), { ca: authority.ca, servername: 'localhost' });
    client.send('hello');
    expect(await client.waitFor('hello')).toBe('hello');
    await expect.poll(() => backend.connections).toBeGreaterThan(3);
  });

  test('takes a backend out whose certificate is not good, and says why; with verify: false it warns', async () => {
    await using backend = await startHttpBackend({ tls: localhost, name: 'one' });
    const app = { name: 'web', protocol: 'http' as const, frontends, backends: [backend.url], health: false as const };
    await using strict = await start({ apps: [app] });
    expect(await fetchFrom(strict)).toEqual({
      status: 502,
      body: '502 Bad Gateway (ERR_UPSTREAM_CONNECT_FAILED)\n',
    });
    expect(strict.upstreams.get('web')?.stats().backends[0]?.state).toBe('connect-failed');
    expect(JSON.stringify(logger.entries)).toContain('nobody who is trusted here');
    await using careless = await start({ apps: [{ ...app, tls: { verify: false } }] });
    expect((await fetchFrom(careless)).body).toBe('one');
    expect(JSON.stringify(logger.entries)).toContain('Certificates of backends are not verified');
  });

  test('is down by its probe where its certificate is for another name', async () => {
    await using backend = await startHttpBackend({ tls: localhost });
    const tls = { ca: 'ca.pem', servername: 'other.test' };
    const app = { name: 'web', protocol: 'http' as const, frontends, backends: [backend.url], tls };
    for (const health of [{ interval: '10ms' }, { interval: '10ms', path: '/' }]) {
      await using proxy = await start({ apps: [{ ...app, health }] });
      await expect.poll(() => proxy.upstreams.get('web')?.stats().backends[0]?.state).toBe('down');
    }
  });

  test('takes up new certificates while clients come and go, and keeps the old ones where new ones are broken', async () => {
    await using backend = await startHttpBackend({ name: 'one' });
    await using proxy = await start({
      apps: [{ name: 'web', protocol: 'http', frontends, backends: [backend.url] }],
    });
    const old = await serialShown(proxy);
    const bodies = new Set<unknown>();
    const enough = new AbortController();
    const load = (async () => {
      while (!enough.signal.aborted) bodies.add((await fetchFrom(proxy)).body);
    })();
    await store('a', authority.issue({ names: ['localhost'] }));
    await expect.poll(() => serialShown(proxy), { timeout: 15_000 }).not.toBe(old);
    const renewed = await serialShown(proxy);
    await write('a.key', localhost.key);
    const complaint = 'Certificates cannot be read anew; the old ones stay in use';
    await expect
      .poll(() => logger.entries.some(({ message }) => message === complaint), { timeout: 15_000 })
      .toBe(true);
    expect(await serialShown(proxy)).toBe(renewed);
    enough.abort();
    await load;
    expect([...bodies]).toEqual(['one']);
  });

  test('counts handshakes that fail', async () => {
    await using backend = await startHttpBackend();
    await using proxy = await start({ apps: [{ name: 'web', protocol: 'http', frontends, backends: [backend.url] }] });
    await using client = await connectRaw(addressOf(proxy));
    client.send('GET / HTTP/1.1\r\n\r\n');
    await client.waitForEnd();
    expect(proxy.metrics()).toMatch(/millpond_tls_handshake_failures_total\{address="127\.0\.0\.1:\d+"\} 1/);
  });
});

test('every fault of every file is found, with its place', async () => {
  const other = authority.issue({ names: ['b'] });
  await store('mixed', { cert: localhost.cert, key: other.key });
  await write('empty.pem', '');
  const certificates = [
    { cert: 'a.pem', key: 'a.key' },
    { cert: 'mixed.pem', key: 'mixed.key' },
    { cert: 'missing.pem', key: 'a.key' },
  ];
  const config = parse({
    apps: [
      {
        name: 'web',
        protocol: 'http',
        frontends: [{ listen: ':0', tls: { certificates, clientCertificates: { ca: 'empty.pem' } } }],
        backends: ['https://127.0.0.1:1'],
        tls: { ca: 'a.key' },
      },
    ],
  });
  const error: unknown = await checkCertificates(config).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: 'ERR_TLS_INVALID_CERTIFICATE',
    issues: [
      {
        path: 'apps[0].frontends[0].tls.certificates[1].cert',
        message: expect.stringMatching(/mixed\.pem: The key does not belong to the certificate of CN=localhost\./),
      },
      {
        path: 'apps[0].frontends[0].tls.certificates[2].cert',
        message: expect.stringMatching(/^cannot read .*missing\.pem: ENOENT/),
      },
      { path: 'apps[0].frontends[0].tls.clientCertificates.ca', message: expect.stringContaining('no certificate') },
      { path: 'apps[0].tls.ca', message: expect.stringContaining('no certificate in PEM form among the authorities') },
    ],
  });
  await expect(createProxy(config).start()).rejects.toMatchObject({ code: 'ERR_TLS_INVALID_CERTIFICATE' });
});
