import { startHttpBackend } from '@millpond/testkit';
import { describe, expect, it } from 'vitest';
import { proxied } from '../test/proxied.ts';
import { echo } from '../test/echo.ts';
import { READ_PATHS } from '../test/read-paths.ts';
import { ok, scriptedBackend } from '../test/scripted-backend.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const LAST = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

describe.each(READ_PATHS)('A proxy that reads by $path', ({ bareHandles }) => {
  it('passes a request and its response on', async () => {
    await using backend = await scriptedBackend((socket) => socket.write(ok('hello')));
    await using proxy = await proxied(backend, { bareHandles });
    const answer = await proxy.exchange(LAST);
    expect(answer).toBe('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nVia: 1.1 millpond\r\nConnection: close\r\n\r\nhello');
    expect(backend.received).toBe(
      'GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-Host: a\r\nX-Forwarded-For: 127.0.0.1\r\n' +
        'X-Forwarded-Proto: http\r\nVia: 1.1 millpond\r\n\r\n',
    );
    expect(await proxy.ended(1)).toMatchObject([
      { method: 'GET', target: '/', status: 200, bytesIn: 0, bytesOut: 5, result: 'completed', errorCode: undefined },
    ]);
    expect(proxy.source.results).toEqual(['completed']);
  });

  it('keeps both connections open from request to request', async () => {
    await using backend = await startHttpBackend();
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    for (let count = 1; count <= 5; count++) {
      client.send(GET);
      // One after the other is the point.
      await proxy.ended(count);
    }
    client.send(LAST);
    expect((await client.waitForEnd()).match(/HTTP\/1.1 200 OK/g)).toHaveLength(6);
    expect(backend.connections).toBe(1);
    expect(proxy.source.dials).toBe(1);
  });

  it('passes on a head and a body that come byte by byte', async () => {
    await using backend = await startHttpBackend({ handler: echo });
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    for (const byte of 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello') {
      client.send(byte);
      await new Promise(setImmediate);
    }
    expect(await client.waitForEnd()).toMatch(/\r\n\r\nhello$/);
  });

  it.each([
    ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n', 'Content-Length: 500'],
    ['HEAD', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\na: b\r\n\r\n', 'a: b'],
    ['GET', 'HTTP/1.1 204 No Content\r\na: b\r\n\r\n', 'a: b'],
    ['GET', 'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\na: b\r\n\r\n', 'a: b'],
    ['GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n', 'Content-Length: 500'],
  ])('reads no body behind a response to %s like %j, and goes on', async (method, response, line) => {
    await using backend = await scriptedBackend((socket) => socket.write(response));
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`);
    await proxy.ended(1);
    client.send(`${method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    const answer = await client.waitForEnd();
    expect(answer.match(/HTTP\/1.1 /g)).toHaveLength(2);
    expect(answer).toContain(`${line}\r\n`);
    expect(answer.endsWith('\r\n\r\n')).toBe(true);
    expect(answer).not.toContain('Transfer-Encoding');
    expect(backend.sockets).toHaveLength(1);
  });

  it('takes Content-Length out of 204', async () => {
    await using backend = await scriptedBackend((socket) =>
      socket.write('HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n'),
    );
    await using proxy = await proxied(backend, { bareHandles });
    expect(await proxy.exchange(LAST)).not.toContain('Content-Length');
  });

  it('strips what belongs to one connection, both ways', async () => {
    await using backend = await scriptedBackend((socket) =>
      socket.write(
        'HTTP/1.1 200 OK\r\nConnection: x-b\r\nX-B: 1\r\nKeep-Alive: timeout=5\r\nUpgrade: h2c\r\nc: d\r\nContent-Length: 0\r\n\r\n',
      ),
    );
    await using proxy = await proxied(backend, { bareHandles });
    const answer = await proxy.exchange(
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: close, x-a, upgrade\r\nX-A: 1\r\nTE: trailers\r\nUpgrade: h2c\r\n' +
        'Keep-Alive: 5\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n',
    );
    expect(answer).toBe(
      'HTTP/1.1 200 OK\r\nc: d\r\nContent-Length: 0\r\nVia: 1.1 millpond\r\nConnection: close\r\n\r\n',
    );
    expect(backend.received).toBe(
      'GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-Host: a\r\nX-Forwarded-For: 127.0.0.1\r\n' +
        'X-Forwarded-Proto: http\r\nVia: 1.1 millpond\r\n\r\n',
    );
  });

  it('sends an absolute target in origin form, with its authority as the Host', async () => {
    await using backend = await scriptedBackend((socket) => socket.write(ok()));
    await using proxy = await proxied(backend, { bareHandles });
    await proxy.exchange('GET http://b:81/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(backend.received).toMatch(/^GET \/x HTTP\/1\.1\r\nHost: b:81\r\nX-Forwarded-Host: b:81\r\n/);
    expect(backend.received.match(/^host:/gim)).toHaveLength(1);
  });

  it('names the backend as the Host where an HTTP/1.0 client names none', async () => {
    await using backend = await scriptedBackend((socket) => socket.write(ok()));
    await using proxy = await proxied(backend, { bareHandles });
    await proxy.exchange('GET / HTTP/1.0\r\n\r\n');
    expect(backend.received).toContain(`\r\nHost: 127.0.0.1:${backend.server.port}\r\n`);
    expect(backend.received).toContain('\r\nVia: 1.0 millpond\r\n');
    expect(backend.received).not.toContain('X-Forwarded-Host');
  });

  it('passes 1xx heads on, and then the response', async () => {
    await using backend = await scriptedBackend((socket) =>
      socket.write(
        `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: 9\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n${ok('hi')}`,
      ),
    );
    await using proxy = await proxied(backend, { bareHandles });
    const answer = await proxy.exchange(LAST);
    expect(answer).toMatch(
      /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a>\r\n\r\nHTTP\/1\.1 102 Processing\r\n\r\nHTTP\/1\.1 200 OK\r\n/,
    );
  });

  it('keeps 1xx heads from an HTTP/1.0 client', async () => {
    await using backend = await scriptedBackend((socket) =>
      socket.write(`HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n${ok('hi')}`),
    );
    await using proxy = await proxied(backend, { bareHandles });
    expect(await proxy.exchange('GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 OK/);
  });

  it('passes a chunked body on as it came, with its trailers', async () => {
    const chunks = '5\r\nhello\r\n6\r\n world\r\n0\r\nx-sum: 1\r\n\r\n';
    await using backend = await scriptedBackend((socket) =>
      socket.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`),
    );
    await using proxy = await proxied(backend, { bareHandles });
    const answer = await proxy.exchange(
      `POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`,
    );
    expect(
      answer.endsWith(`\r\nTransfer-Encoding: chunked\r\nVia: 1.1 millpond\r\nConnection: close\r\n\r\n${chunks}`),
    ).toBe(true);
    expect(backend.received.endsWith(`\r\n\r\n${chunks}`)).toBe(true);
    expect(await proxy.ended(1)).toMatchObject([{ bytesIn: 11, bytesOut: 11 }]);
  });

  it('gives an HTTP/1.0 client the plain bytes of a chunked body, and then the end', async () => {
    await using backend = await scriptedBackend((socket) =>
      socket.write(
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n6\r\n world\r\n0\r\na: b\r\n\r\n',
      ),
    );
    await using proxy = await proxied(backend, { bareHandles });
    expect(await proxy.exchange('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n')).toBe(
      'HTTP/1.1 200 OK\r\nVia: 1.1 millpond\r\nConnection: close\r\n\r\nhello world',
    );
    expect(proxy.source.idle).toHaveLength(1);
  });

  it('keeps the connection of an HTTP/1.0 client that asks for it', async () => {
    await using backend = await scriptedBackend((socket) => socket.write(ok('hi')));
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
    expect(await client.waitFor('\r\n\r\nhi')).toContain('\r\nConnection: keep-alive\r\n');
    client.send('GET / HTTP/1.0\r\n\r\n');
    expect(await client.waitForEnd()).toMatch(/\r\nConnection: close\r\n\r\nhi$/);
  });

  it('passes a body that ends with its connection on, and closes both', async () => {
    await using backend = await scriptedBackend((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nhello'));
    await using proxy = await proxied(backend, { bareHandles });
    expect(await proxy.exchange(GET)).toMatch(/\r\nConnection: close\r\n\r\nhello$/);
    expect(proxy.source.results).toEqual(['completed']);
    expect(proxy.source.idle).toHaveLength(0);
    await backend.open(0);
  });

  it.each([
    ['Connection: close', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi'],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi'],
  ])('keeps the client, and not the backend, after %s from the backend', async (_what, response) => {
    await using backend = await scriptedBackend((socket) => socket.write(response));
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send(GET);
    await client.waitFor('\r\n\r\nhi');
    expect(proxy.source.idle).toHaveLength(0);
    client.send(LAST);
    expect((await client.waitForEnd()).match(/\r\n\r\nhi/g)).toHaveLength(2);
    expect(backend.sockets).toHaveLength(2);
  });

  it('keeps a backend of HTTP/1.0 that says keep-alive', async () => {
    await using backend = await scriptedBackend((socket) =>
      socket.write('HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi'),
    );
    await using proxy = await proxied(backend, { bareHandles });
    await proxy.exchange(LAST);
    expect(proxy.source.idle).toHaveLength(1);
  });

  it.each([
    ['1.0', 'HTTP/1.0 200 OK\r\nVia: 1.1 b\r\nContent-Length: 0\r\n\r\n', 'Via: 1.1 b\r\n'],
    ['1.1', 'HTTP/1.1 200 OK\r\nVia: 1.1 b, 1.0 c\r\nContent-Length: 0\r\n\r\n', 'Via: 1.1 b, 1.0 c\r\n'],
  ])('adds itself to Via with the version %s that it was spoken to', async (version, response, before) => {
    await using backend = await scriptedBackend((socket) => socket.write(response));
    await using proxy = await proxied(backend, { bareHandles });
    const request = `GET / HTTP/${version}\r\nHost: a\r\nVia: 1.1 x\r\nConnection: close, via\r\n\r\n`;
    expect(await proxy.exchange(request)).toMatch(new RegExp(`${before}[^]*\r\nVia: ${version} millpond\r\n`));
    expect(backend.received).toMatch(new RegExp(`\r\nVia: 1.1 x\r\n[^]*\r\nVia: ${version} millpond\r\n\r\n$`));
  });

  it('closes a client after as many requests as the limit says', async () => {
    await using backend = await startHttpBackend();
    await using proxy = await proxied(backend, { bareHandles, limits: { requestsPerConnection: 2 } });
    const client = await proxy.connect();
    client.send(GET + GET + GET);
    expect((await client.waitForEnd()).match(/HTTP\/1.1 200 OK/g)).toHaveLength(2);
  });

  it('tells the router where a request wants to go', async () => {
    const asked: unknown[] = [];
    await using backend = await startHttpBackend();
    await using proxy = await proxied(backend, {
      bareHandles,
      route: ({ clientAddress, host, path }) => void asked.push({ clientAddress, host, path }),
    });
    const client = await proxy.connect();
    client.send(`GET /a/b?c HTTP/1.1\r\nHost: Example.COM:80\r\n\r\n${LAST}`);
    const answer = await client.waitForEnd();
    expect(answer.match(/^HTTP\/1\.1 404 Not Found/gm)).toHaveLength(2);
    expect(answer).toContain('\r\n\r\n404 Not Found (ERR_HTTP_NO_ROUTE)\n');
    expect(asked).toEqual([
      { clientAddress: '127.0.0.1', host: 'example.com', path: '/a/b' },
      { clientAddress: '127.0.0.1', host: 'a', path: '/' },
    ]);
    expect(backend.requests).toBe(0);
    expect(proxy.ends).toMatchObject([
      {
        status: 404,
        result: 'refused',
        method: 'GET',
        target: '/a/b?c',
        upstream: undefined,
        errorCode: 'ERR_HTTP_NO_ROUTE',
        reason: 'No route matches this host and path, and there is no default.',
      },
      {},
    ]);
  });
});
