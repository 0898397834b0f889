import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import type { Address, ConnectionRefusal, RequestEnd } from '@millpond/contracts';
import { exchangeRaw, startEchoServer, startHttpBackend, startRawServer, TestAuthority } from '@millpond/testkit';
import { describe, expect, it } from 'vitest';
import type { ConfigInput } from './config/index.ts';
import { createProxy } from './create-proxy.ts';

interface Running extends AsyncDisposable {
  readonly address: Address;
  readonly addresses: readonly Address[];
  readonly url: string;
  readonly ends: RequestEnd[];
  readonly refusals: ConnectionRefusal[];
  metrics(): string;
}

type AppInput = ConfigInput['apps'][number];

/** A started proxy of one app. */
async function start(settings: Partial<AppInput>, others: Partial<ConfigInput> = {}): Promise<Running> {
  const ends: RequestEnd[] = [];
  const refusals: ConnectionRefusal[] = [];
  const app: AppInput = { name: 'app', protocol: 'tcp', frontends: [{ listen: '127.0.0.1:0' }], ...settings };
  const proxy = createProxy(
    { apps: [app], ...others },
    {
      observer: {
        requestEnded: (end) => void ends.push({ ...end }),
        connectionRefused: (_address, refusal) => void refusals.push({ ...refusal }),
      },
    },
  );
  await proxy.start();
  const address = proxy.addresses[0]?.address;
  if (address === undefined) throw new Error('it listens nowhere');
  return {
    address,
    addresses: proxy.addresses.map((open) => open.address),
    url: 'port' in address ? `127.0.0.1:${address.port}` : `unix:${address.path}`,
    ends,
    refusals,
    metrics: () => proxy.metrics(),
    [Symbol.asyncDispose]: () => proxy.stop({ timeoutMs: 0 }),
  };
}

const told = { listen: '127.0.0.1:0', proxyProtocol: 'require' as const, trustedProxies: ['127.0.0.0/8'] };

describe('The PROXY protocol', () => {
  it.each(['v1', 'v2'] as const)('tells a proxy behind another one who the client is, by %s', async (proxyProtocol) => {
    await using echo = await startEchoServer();
    await using second = await start({ frontends: [told], backends: [echo.url] });
    await using first = await start({ backends: [second.url], proxyProtocol, health: false });
    const client = connect({ ...first.address, localAddress: '127.0.0.77', allowHalfOpen: true });
    client.end('hello');
    expect(await text(client)).toBe('hello');
    await expect.poll(() => second.ends.length).toBe(1);
    expect(second.ends).toMatchObject([{ clientAddress: '127.0.0.77', result: 'completed', bytesIn: 5 }]);
  });

  it('tells HTTP apps who asked', async () => {
    await using mirror = await startRawServer((socket) =>
      socket.on('data', (head) =>
        socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${head.length}\r\n\r\n${String(head)}`),
      ),
    );
    await using web = await start({
      protocol: 'http',
      frontends: [told],
      backends: [mirror.url.replace('tcp:', 'http:')],
    });
    const request = 'GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 6.6.6.6\r\nConnection: close\r\n\r\n';
    const answer = await exchangeRaw(web.address, `PROXY TCP4 203.0.113.9 192.0.2.1 4711 443\r\n${request}`);
    expect(answer).toContain('X-Forwarded-For: 203.0.113.9\r\n');
    expect(web.ends).toMatchObject([{ clientAddress: '203.0.113.9', status: 200 }]);
  });

  it('closes the connection of who speaks without it, and counts it', async () => {
    await using backend = await startHttpBackend();
    await using web = await start({ protocol: 'http', frontends: [told], backends: [backend.url] });
    expect(await exchangeRaw(web.address, 'GET / HTTP/1.1\r\n\r\n').catch(() => '')).toBe('');
    expect(web.refusals).toMatchObject([{ clientAddress: '127.0.0.1', code: 'ERR_TCP_PROXY_HEADER' }]);
    expect(web.metrics()).toMatch(
      /millpond_connections_refused_total\{address="[^"]+",code="ERR_TCP_PROXY_HEADER"\} 1/,
    );
  });
});

describe('Routes of a TCP app', () => {
  const authority = new TestAuthority();
  const certificate = authority.issue({ names: ['*.db.example.com', 'db.example.com', 'other.org'] });
  const route = (match: object, upstream: string) => ({ match, upstream });
  const routes = [
    route({ sni: '*.DB.example.com' }, 'wild'),
    route({ sni: 'a.db.example.com' }, 'exact'),
    route({ sni: 'a.db.example.com', alpn: ['h2', 'h3'] }, 'h2'),
  ];

  /** Who answers a client that asks for that name: TLS servers, each with a greeting of its own. */
  async function greetings(address: Address, options: ConnectionOptions): Promise<string> {
    const tcp = connect(address);
    const socket = connectTls({ ca: authority.ca, checkServerIdentity: () => undefined, ...options, socket: tcp });
    return text(socket);
  }

  function greeter(name: string) {
    return startRawServer((socket) => socket.end(name), { tls: { ...certificate, ALPNProtocols: ['h2', 'x'] } });
  }

  it('take TLS clients, undecrypted, to where the name that they ask for leads', async () => {
    await using exact = await greeter('exact');
    await using wild = await greeter('wild');
    await using h2 = await greeter('h2');
    await using rest = await greeter('rest');
    const plain = (url: string) => ({ backends: [url.replace('tls:', 'tcp:')], health: false as const });
    const upstreams = { exact: plain(exact.url), wild: plain(wild.url), h2: plain(h2.url), rest: plain(rest.url) };
    await using edge = await start({ routes, upstream: 'rest' }, { upstreams });
    expect(await greetings(edge.address, { servername: 'a.db.example.com' })).toBe('exact');
    expect(await greetings(edge.address, { servername: 'A.DB.EXAMPLE.COM' })).toBe('exact');
    expect(await greetings(edge.address, { servername: 'b.db.example.com' })).toBe('wild');
    expect(await greetings(edge.address, { servername: 'a.db.example.com', ALPNProtocols: ['x', 'h2'] })).toBe('h2');
    expect(await greetings(edge.address, { servername: 'a.db.example.com', ALPNProtocols: ['x'] })).toBe('exact');
    expect(await greetings(edge.address, { servername: 'db.example.com' })).toBe('rest');
    expect(await greetings(edge.address, { servername: '' })).toBe('rest');
  });

  it('reset clients whom none takes', async () => {
    await using wild = await greeter('wild');
    const upstreams = { wild: { backends: [wild.url.replace('tls:', 'tcp:')] } };
    await using edge = await start({ routes: [route({ sni: '*.db.example.com' }, 'wild')] }, { upstreams });
    await expect(greetings(edge.address, { servername: 'other.org' })).rejects.toThrow(/ECONNRESET|disconnected/);
    await expect.poll(() => edge.ends.length).toBe(1);
    expect(edge.ends).toMatchObject([{ errorCode: 'ERR_TCP_NO_ROUTE', result: 'refused' }]);
  });
});

describe('Who may connect', () => {
  const reset = /ECONNRESET/;

  it('is said for an app, for all of its frontends together, and for each of them', async () => {
    await using echo = await startEchoServer();
    await using app = await start({
      frontends: [
        { listen: '127.0.0.1:0', access: { deny: ['127.0.0.66'] } },
        { listen: '127.0.0.1:0', access: {} },
      ],
      access: { allow: ['127.0.0.0/8'], rate: { connections: 2, per: '1h' } },
      backends: [echo.url],
      health: false,
    });
    const from = (localAddress: string, frontend: number) => {
      const client = connect({ ...(app.addresses[frontend] ?? app.address), localAddress, allowHalfOpen: true });
      client.end('hello');
      return text(client);
    };
    await expect(from('127.0.0.66', 0)).rejects.toThrow(reset);
    expect(await from('127.0.0.66', 1)).toBe('hello');
    expect(await from('127.0.0.77', 0)).toBe('hello');
    expect(await from('127.0.0.77', 1)).toBe('hello');
    await expect(from('127.0.0.77', 1)).rejects.toThrow(reset);
    expect(app.refusals.map(({ clientAddress, code }) => [clientAddress, code])).toEqual([
      ['127.0.0.66', 'ERR_TCP_CLIENT_DENIED'],
      ['127.0.0.77', 'ERR_TCP_RATE_LIMITED'],
    ]);
    expect(app.ends).toHaveLength(3);
  });
});

it('A TCP app listens on UNIX sockets, and has them for backends', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millpond-'));
  try {
    await using echo = await startEchoServer();
    const path = join(folder, 'one');
    await using second = await start({ frontends: [{ listen: `unix:${path}` }], backends: [echo.url] });
    await using first = await start({
      frontends: [{ listen: [`unix:${join(folder, 'two')}`, '127.0.0.1:0'] }],
      backends: [second.url],
    });
    for (const address of first.addresses) {
      const client = connect({ ...address, allowHalfOpen: true });
      client.end('hello');
      expect(await text(client)).toBe('hello');
    }
    await expect.poll(() => first.ends.map(({ clientAddress }) => clientAddress)).toEqual(['', '127.0.0.1']);
  } finally {
    await rm(folder, { recursive: true });
  }
});

describe('Connections that are ready ahead of need', () => {
  const authority = new TestAuthority();
  const certificate = authority.issue({ names: ['127.0.0.1'] });

  /** What comes back until a client that says `hello` and then ends has its end. */
  function exchange(address: Address): Promise<string> {
    return exchangeRaw(address, 'hello', { halfClose: true });
  }

  describe.each([{ over: 'TCP' }, { over: 'TLS', tls: certificate }])('to a server over $over', ({ tls }) => {
    /** Says that first, then sends back what it gets. */
    function greeter(greeting: (connection: number) => string) {
      let connections = 0;
      return startRawServer((socket) => {
        socket.write(greeting(++connections));
        socket.pipe(socket);
      }, tls && { tls });
    }
    const upstream = { health: false as const, tls: { verify: false } };
    const settings = tls === undefined ? { health: false as const } : upstream;

    it.each([
      { serverSpeaksFirst: false, minIdle: 0 },
      { serverSpeaksFirst: false, minIdle: 2 },
      { serverSpeaksFirst: true, minIdle: 0 },
      { serverSpeaksFirst: true, minIdle: 2 },
    ])('that speaks first pass its greeting on, with %j', async (pool) => {
      await using server = await greeter(() => '220 ready ');
      await using app = await start({ ...settings, backends: [server.url], pool });
      for (let client = 0; client < 10; client++) expect(await exchange(app.address)).toBe('220 ready hello');
      await expect.poll(() => app.ends.length).toBe(10);
      expect(new Set(app.ends.map(({ result }) => result))).toEqual(new Set(['completed']));
    });

    it('that takes its leave are replaced, and its client hears nothing of that', async () => {
      await using server = await greeter((connection) => (connection <= 2 ? 'too idle, bye' : ''));
      await using app = await start({ ...settings, backends: [server.url], pool: { minIdle: 2 } });
      await expect.poll(() => server.connections).toBeGreaterThan(3);
      expect(await exchange(app.address)).toBe('hello');
    });

    it('that speaks first are used by clients, where it is said that servers do', async () => {
      await using server = await greeter((connection) => `${connection} `);
      await using app = await start({
        ...settings,
        backends: [server.url],
        pool: { minIdle: 1, serverSpeaksFirst: true },
      });
      await expect.poll(() => server.connections).toBe(1);
      expect(await exchange(app.address)).toBe('1 hello');
    });
  });

  it('are asked by pings, of which clients hear nothing, and replaced when they do not answer', async () => {
    let isDeaf = false;
    let pings = 0;
    await using server = await startRawServer((socket) => {
      socket.on('data', (chunk) => {
        if (String(chunk) !== 'PING\r\n') socket.write(chunk);
        else if (!isDeaf) socket.write(`+PONG ${++pings}\r\n`);
      });
      socket.on('end', () => socket.end());
    });
    await using app = await start({
      backends: [server.url],
      health: false,
      timeouts: { connect: '200ms' },
      pool: { minIdle: 2, ping: { interval: '20ms', send: 'PING\r\n', expect: { hex: '0d0a' } } },
    });
    await expect.poll(() => pings).toBeGreaterThan(10);
    expect(server.connections).toBe(2);
    expect(await exchange(app.address)).toBe('hello');
    const before = server.connections;
    isDeaf = true;
    await expect.poll(() => server.connections).toBeGreaterThan(before + 1);
  });
});

it.each(['v1', 'v2'] as const)('Checks of a backend that wants the PROXY protocol begin by it: %s', async (version) => {
  await using echo = await startEchoServer();
  await using second = await start({ frontends: [told], backends: [echo.url], health: false });
  const options = { send: 'PING', expect: 'PING' };
  const health = { probe: 'tcp', options, interval: '20ms', unhealthyThreshold: 1 };
  await using first = await start({ backends: [second.url], proxyProtocol: version, health });
  await expect.poll(() => second.ends.length).toBeGreaterThan(3);
  expect(await exchangeRaw(first.address, 'hello', { halfClose: true })).toBe('hello');
  expect(second.refusals).toEqual([]);
});

it('Clients beyond those that all backends together may have wait for one to leave', async () => {
  await using one = await startEchoServer();
  await using other = await startEchoServer();
  await using app = await start({ backends: [one.url, other.url], pool: { maxTotal: 1 } });
  const first = connect(app.address);
  first.write('first');
  const [echoed] = await once(first, 'data');
  expect(String(echoed)).toBe('first');
  const second = connect({ ...app.address, allowHalfOpen: true });
  let received = '';
  second.on('data', (chunk) => (received += String(chunk)));
  second.end('second');
  expect(app.refusals).toEqual([]);
  expect(received).toBe('');
  first.end();
  await once(second, 'end');
  expect(received).toBe('second');
});
