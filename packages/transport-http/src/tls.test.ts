import { createHash, randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:https';
import type { Readable } from 'node:stream';
import type { BackendTls, FrontendTls } from '@millpond/contracts';
import { startHttpBackend, startRawServer, TestAuthority } from '@millpond/testkit';
import { describe, expect, it } from 'vitest';
import { echo } from '../test/echo.ts';
import { proxied, type ProxiedOptions } from '../test/proxied.ts';
import { until } from '../test/until.ts';

const authority = new TestAuthority();
const certificate = authority.issue({ names: ['localhost', '127.0.0.1'] });
const tls: FrontendTls = { certificates: [certificate] };
const backendTls: BackendTls = { ca: authority.ca };
/** What clients trust, and ask for. */
const trust = { ca: authority.ca, servername: 'localhost' };

const GET = 'GET /path?q HTTP/1.1\r\nHost: shop.test\r\n\r\n';

/** Says what came, so that a test can see what was forwarded. */
function telling() {
  return startHttpBackend({
    tls: certificate,
    handler: ({ headers, url }, response) => response.end(JSON.stringify({ url, ...headers })),
  });
}

describe('HTTP over TLS on both sides', () => {
  it('serves one request after the other on one connection, and says that the client came by https', async () => {
    await using backend = await telling();
    await using proxy = await proxied(backend, { tls, backendTls });
    const client = await proxy.connect({ ...trust, ALPNProtocols: ['h2', 'http/1.1'] });
    for (let turn = 1; turn <= 3; turn++) {
      client.send(GET);
      await until(() => client.received.split('"x-forwarded-proto":"https"').length === turn + 1);
    }
    expect(client.received).toContain('"url":"/path?q"');
    expect('alpnProtocol' in client.socket && client.socket.alpnProtocol).toBe('http/1.1');
    expect([proxy.source.dials, backend.connections, proxy.ends.map(({ status }) => status)]).toEqual([
      1,
      1,
      [200, 200, 200],
    ]);
  });

  it('answers pipelined requests in order', async () => {
    await using backend = await telling();
    await using proxy = await proxied(backend, { tls, backendTls });
    const client = await proxy.connect(trust);
    const paths = Array.from({ length: 40 }, (_, index) => `/${index}`);
    client.send(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''));
    await until(() => client.received.split('HTTP/1.1 200').length === paths.length + 1);
    expect([...client.received.matchAll(/"url":"([^"]+)"/g)].map(([, path]) => path)).toEqual(paths);
  });

  it('ends a last answer in order, so that none of it can be missing', async () => {
    await using backend = await telling();
    await using proxy = await proxied(backend, { tls, backendTls });
    const client = await proxy.connect(trust);
    client.send(GET.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
    const answer = await client.waitForEnd();
    client.end();
    expect(answer).toMatch(/Connection: close\r\n\r\n\{.*\}$/s);
    await until(() => proxy.listener.connections === 0);
  });

  it('gives the connection to the backend back when a client leaves in between', async () => {
    await using backend = await startHttpBackend({ tls: certificate, handler: () => undefined });
    await using proxy = await proxied(backend, { tls, backendTls });
    const client = await proxy.connect(trust);
    client.send(GET);
    await until(() => backend.requests === 1);
    client.socket.destroy();
    const [end] = await proxy.ended(1);
    expect(end?.result).toBe('aborted');
    await until(() => backend.openConnections === 0 && proxy.listener.connections === 0);
    expect(proxy.source.lent).toBe(0);
  });

  it('passes on a switch of protocols, and then what either side says', async () => {
    await using backend = await startRawServer(
      (socket) => {
        socket.once('data', () => {
          socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: shout\r\n\r\nhello');
          socket.on('data', (chunk: Buffer) => socket.write(chunk.toString().toUpperCase()));
          socket.on('end', () => socket.end());
        });
      },
      { tls: certificate },
    );
    await using proxy = await proxied(backend, { tls, backendTls });
    const client = await proxy.connect(trust);
    client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: shout\r\n\r\n');
    await client.waitFor('\r\n\r\nhello');
    client.send('who is there');
    await client.waitFor('WHO IS THERE');
    client.end();
    await client.waitForEnd();
    const [end] = await proxy.ended(1);
    expect(end).toMatchObject({ status: 101, result: 'completed' });
  });

  it('closes what is idle when it is drained', async () => {
    await using backend = await telling();
    await using proxy = await proxied(backend, { tls, backendTls });
    const client = await proxy.connect(trust);
    client.send(GET);
    await client.waitFor('x-forwarded-proto');
    client.socket.on('end', () => client.socket.end());
    await proxy.listener.drain({ signal: new AbortController().signal });
    expect(proxy.listener.connections).toBe(0);
  });

  it('answers 502 where the certificate of the backend is not good', async () => {
    await using backend = await telling();
    await using proxy = await proxied(backend, { tls });
    const client = await proxy.connect(trust);
    client.send(GET);
    expect(await client.waitFor('ERR_TLS_HANDSHAKE_FAILED')).toMatch(
      /^HTTP\/1\.1 502 Bad Gateway\r\n.*error=tls_protocol_error/s,
    );
  });
});

describe('Bodies of 50 MB', () => {
  const MB = 1024 * 1024;
  const content = randomFillSync(Buffer.allocUnsafe(MB + 7));
  const BYTES = 50 * MB;

  async function upload(to: NodeJS.WritableStream): Promise<string> {
    const hash = createHash('sha256');
    for (let sent = 0; sent < BYTES;) {
      const chunk = content.subarray(0, Math.min(content.length, BYTES - sent));
      hash.update(chunk);
      sent += chunk.length;
      if (!to.write(chunk)) await once(to, 'drain');
    }
    to.end();
    return hash.digest('hex');
  }

  /** Reads slowly: rests for some turns of the event loop now and then. */
  async function digest(from: Readable): Promise<string> {
    const hash = createHash('sha256');
    let reads = 0;
    from.on('data', (chunk: Buffer) => {
      hash.update(chunk);
      if (++reads % 50 > 0) return;
      from.pause();
      setImmediate(() => setImmediate(() => from.resume()));
    });
    await once(from, 'end');
    return hash.digest('hex');
  }

  it.each([
    ['both sides', { tls, backendTls }],
    ['the side of clients', { tls }],
    ['the side of backends', { backendTls }],
  ] as const)(
    'go up and come down unaltered with TLS on %s',
    { timeout: 60_000 },
    async (_, options: ProxiedOptions) => {
      const received: Promise<string>[] = [];
      await using backend = await startHttpBackend({
        ...(options.backendTls && { tls: certificate }),
        handler: (incoming, response) => {
          received.push(digest(incoming));
          incoming.on('end', () => void upload(response));
        },
      });
      await using proxy = await proxied(backend, options);
      const { port } = Object(proxy.listener.address);
      const agent = new Agent();
      const { request: plain } = await import('node:http');
      const target = { host: '127.0.0.1', port, method: 'POST', path: '/' };
      const outgoing = options.tls ? request({ ...target, ...trust, agent }) : plain({ ...target, agent: false });
      const answer = once(outgoing, 'response');
      const sent = await upload(outgoing);
      const [response]: Readable[] = await answer;
      expect(response && (await digest(response))).toBe(sent);
      expect(await received[0]).toBe(sent);
      agent.destroy();
      await until(() => proxy.buffers.leased === 0);
    },
  );
});

describe('A backend over TLS', () => {
  it('ends a body in order by the end of its connection', async () => {
    await using backend = await startRawServer(
      (socket) => void socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\nall of it')),
      { tls: certificate },
    );
    await using proxy = await proxied(backend, { backendTls });
    expect(await proxy.exchange(GET)).toMatch(/all of it$/);
  });

  it('that resets its connection within such a body has not sent it whole', async () => {
    await using backend = await startRawServer(
      (socket) => void socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\n\r\nhalf of it')),
      { tls: certificate },
    );
    await using proxy = await proxied(backend, { backendTls });
    const client = await proxy.connect();
    client.send(GET);
    await client.waitFor('half of it');
    backend.resetConnections();
    const [end] = await proxy.ended(1);
    expect(end).toMatchObject({ result: 'reset', errorCode: 'ERR_HTTP_BACKEND_RESET' });
  });

  it('is uploaded to as fast as it reads', async () => {
    await using backend = await startHttpBackend({ tls: certificate, handler: echo });
    await using proxy = await proxied(backend, { tls, backendTls });
    const client = await proxy.connect(trust);
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n${'x'.repeat(200_000)}`);
    await until(() => client.received.endsWith('x'.repeat(200_000)));
    expect(proxy.source.dials).toBe(1);
  });
});

describe('A frontend that redirects', () => {
  it.each([
    ['127.0.0.0/8', 200],
    ['10.0.0.0/8', 308],
  ])('answers who came by https already, where %s says so', async (trusted, status) => {
    await using backend = await startHttpBackend();
    await using proxy = await proxied(backend, { redirectToPort: 443, trustedProxies: [trusted] });
    await proxy.exchange('GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n');
    expect(proxy.ends).toMatchObject([{ status }]);
  });

  it.each([
    [443, 'GET /a?b=%20c HTTP/1.1\r\nHost: Shop.test:80\r\n\r\n', 'https://shop.test/a?b=%20c'],
    [8443, 'POST /a HTTP/1.1\r\nHost: [::1]:8080\r\nContent-Length: 1\r\n\r\nx', 'https://[::1]:8443/a'],
    [443, 'GET http://b.test/c HTTP/1.1\r\nHost: a\r\n\r\n', 'https://b.test/c'],
    [443, 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', 'https://a/'],
  ])('to port %i answers 308', async (redirectToPort, text, location) => {
    await using backend = await startHttpBackend();
    await using proxy = await proxied(backend, { redirectToPort });
    const client = await proxy.connect();
    client.send(text + text);
    await until(() => client.received.split(`\r\nLocation: ${location}\r\n`).length === 3);
    expect(client.received).toMatch(/^HTTP\/1\.1 308 Permanent Redirect\r\n/);
    expect([proxy.ends.map(({ status }) => status), backend.connections]).toEqual([[308, 308], 0]);
  });

  it('refuses a client that says no host', async () => {
    await using backend = await startHttpBackend();
    await using proxy = await proxied(backend, { redirectToPort: 443 });
    expect(await proxy.exchange('GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  });
});
