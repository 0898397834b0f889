import { startHttpBackend } from '@millpond/testkit';
import { describe, expect, it } from 'vitest';
import { proxied } from '../test/proxied.ts';
import { READ_PATHS } from '../test/read-paths.ts';
import { ok, scriptedBackend } from '../test/scripted-backend.ts';
import { settled } from '../test/settled.ts';

const HEAD = 'GET / HTTP/1.1\r\nHost: a\r\n';

describe.each(READ_PATHS)('A proxy that reads by $path', ({ bareHandles }) => {
  it.each([
    [400, 'ERR_HTTP_BAD_REQUEST', 'GET /a?b HTTP/1.1\r\n\r\n', 'GET /a?b', 'no Host field'],
    [400, 'ERR_HTTP_BAD_REQUEST', `${HEAD}Host: b\r\n\r\n`, 'GET /', 'more than one Host field'],
    [
      400,
      'ERR_HTTP_BAD_REQUEST',
      `${HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      'GET /',
      'Content-Length and Transfer-Encoding together',
    ],
    [400, 'ERR_HTTP_BAD_REQUEST', '\x16\x03\x01\x02\x00\x01\x00\x01', ' ', 'it does not begin like HTTP'],
    [400, 'ERR_HTTP_BAD_REQUEST', 'GET / HTTP/1.1\nHost: a\n', 'GET /', 'a line that ends in a bare LF'],
    [414, 'ERR_HTTP_TARGET_TOO_LONG', `GET /${'a'.repeat(9000)}`, `GET /${'a'.repeat(2047)}`, 'longer than 8192 bytes'],
    [417, 'ERR_HTTP_EXPECTATION_FAILED', `${HEAD}Expect: more\r\n\r\n`, 'GET /', '100-continue'],
    [431, 'ERR_HTTP_HEAD_TOO_LARGE', `${HEAD}a: ${'b'.repeat(20_000)}`, 'GET /', 'more than 16384 bytes'],
    [431, 'ERR_HTTP_HEAD_TOO_LARGE', `${HEAD}${'a: b\r\n'.repeat(150)}\r\n`, 'GET /', 'more than 100 header fields'],
    [501, 'ERR_HTTP_NOT_IMPLEMENTED', 'CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n', 'CONNECT a:443', 'CONNECT'],
    [505, 'ERR_HTTP_VERSION_NOT_SUPPORTED', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'PRI *', 'HTTP/2.0'],
  ])('answers %i %s, closes the connection, and tells no backend', async (status, code, request, line, reason) => {
    await using backend = await scriptedBackend((socket) => socket.write(ok()));
    await using proxy = await proxied(backend, { bareHandles });
    const answer = await proxy.exchange(request);
    expect(answer).toMatch(
      new RegExp(`^HTTP/1\\.1 ${status} [^]*\\r\\nConnection: close\\r\\n\\r\\n${status} .*\\(${code}\\)\\n$`),
    );
    expect(answer).toContain(`\r\nProxy-Status: millpond; error=http_request_error; details="${code}"\r\n`);
    expect(backend.sockets).toHaveLength(0);
    const [method, target] = line.split(' ');
    expect(proxy.ends).toMatchObject([
      { status, result: 'refused', errorCode: code, method, target, upstream: undefined, durationMs: 0 },
    ]);
    expect(proxy.ends[0]?.reason).toContain(reason);
  });

  it('tells of a refused request by its own line, not by that of the one before', async () => {
    await using backend = await scriptedBackend((socket) => socket.write(ok()));
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send(`GET /one HTTP/1.1\r\nHost: a\r\n\r\n`);
    await proxy.ended(1);
    client.send('POST /two HTTP/1.1\nHost: a\r\n');
    await client.waitForEnd();
    expect(proxy.ends).toMatchObject([
      { target: '/one' },
      { method: 'POST', target: '/two', errorCode: 'ERR_HTTP_BAD_REQUEST' },
    ]);
  });

  it('tells of one that is refused before its line has begun by no line at all', async () => {
    await using backend = await scriptedBackend((socket) => socket.write(ok()));
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send(`DELETE /one HTTP/1.1\r\nHost: a\r\n\r\n\r`);
    await proxy.ended(1);
    await settled(() => client.socket.bytesWritten);
    client.send('x');
    await client.waitForEnd();
    expect(proxy.ends).toMatchObject([{ target: '/one' }, { method: '', target: '', status: 400 }]);
  });

  it('counts the time of a refused request from its own first byte, not from that of an earlier one', async () => {
    await using backend = await scriptedBackend((socket) => socket.write(ok()));
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send('GET /one HT');
    await settled(() => client.socket.bytesWritten);
    client.send('TP/1.1\r\nHost: a\r\n\r\n');
    await proxy.ended(1);
    await proxy.clock.advance(700);
    client.send('GET /two HTTP/1.1\r\n\r\n');
    await client.waitForEnd();
    expect(proxy.ends).toMatchObject([{ target: '/one' }, { target: '/two', status: 400, durationMs: 0 }]);
  });

  it('counts the time of a refused request from its first byte', async () => {
    await using backend = await scriptedBackend();
    await using proxy = await proxied(backend, { bareHandles, timeouts: { headerMs: 1000 } });
    const client = await proxy.connect();
    client.send('GET /slow HT');
    await settled(() => client.socket.bytesWritten);
    await proxy.clock.advance(700);
    client.send('TP/1.1\r\nHost: a\r\nHost: b\r\n\r\n');
    await client.waitForEnd();
    expect(proxy.ends).toMatchObject([{ status: 400, method: 'GET', target: '/slow', durationMs: 700 }]);
  });

  it('keeps limits of its own', async () => {
    await using backend = await scriptedBackend((socket) => socket.write(ok()));
    const limits = { requestLineBytes: 100, headBytes: 1000, headers: 3 };
    await using proxy = await proxied(backend, { bareHandles, limits });
    const [line, head, count, none] = await Promise.all([
      proxy.exchange(`GET /${'a'.repeat(100)} HTTP/1.1\r\nHost: a\r\n\r\n`),
      proxy.exchange(`${HEAD}a: ${'b'.repeat(1000)}\r\n\r\n`),
      proxy.exchange(`${HEAD}a: b\r\nc: d\r\ne: f\r\n\r\n`),
      proxy.exchange(`${HEAD}a: b\r\nConnection: close\r\n\r\n`),
    ]);
    expect([line, head, count, none].map((answer) => answer.slice(9, 12))).toEqual(['414', '431', '431', '200']);
  });

  it.each([
    [
      'chunk extensions',
      { chunkExtensionBytes: 10 },
      '1;0123456789\r\na\r\n0\r\n\r\n',
      '1;012345678\r\na\r\n0\r\n\r\n',
    ],
    [
      'chunk extensions, all together,',
      { chunkExtensionBytes: 10 },
      '1;01234\r\na\r\n0;01234\r\n\r\n',
      '1;01234\r\na\r\n0;012\r\n\r\n',
    ],
    ['trailers', { trailerBytes: 10 }, '0\r\na: 3456\r\n\r\n', '0\r\na: 345\r\n\r\n'],
  ])('keeps a limit of its own for %s', async (_what, limits, beyond, within) => {
    await using backend = await startHttpBackend();
    await using proxy = await proxied(backend, { bareHandles, limits });
    const post = 'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n';
    expect(await proxy.exchange(post + within)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await proxy.exchange(post + beyond)).toMatch(/^HTTP\/1\.1 400 [^]*Connection: close\r\n/);
    expect(backend.requests).toBe(1);
  });

  it('has no limits where they are 0', async () => {
    await using backend = await scriptedBackend((socket) => socket.write(ok()));
    const limits = {
      requestLineBytes: 0,
      headBytes: 0,
      headers: 0,
      bodyBytes: 0,
      chunkExtensionBytes: 0,
      trailerBytes: 0,
    };
    await using proxy = await proxied(backend, { bareHandles, limits });
    const fields = 'b: c\r\n'.repeat(5000);
    const answer = await proxy.exchange(
      `GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n${fields}\r\n` +
        `1;${'x'.repeat(100_000)}\r\na\r\n0\r\n${fields}\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    await backend.waitFor(`0\r\n${fields}\r\n`);
  });

  it('still has its answer arrive at a client that goes on sending', async () => {
    await using backend = await scriptedBackend();
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send(`GET / HTTP/1.1\r\nbad line\r\n\r\n${'x'.repeat(2_000_000)}`);
    expect(await client.waitForEnd()).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('A part that throws', () => {
  const boom = (): never => {
    throw new Error('broken');
  };
  const LAST = `${HEAD}Connection: close\r\n\r\n`;

  it('in routing makes it 500', async () => {
    await using backend = await scriptedBackend();
    await using proxy = await proxied(backend, { route: boom });
    expect(await proxy.exchange(LAST)).toContain('500 Internal Server Error (ERR_HTTP_INTERNAL)');
    expect(proxy.logger.entries).toHaveLength(1);
  });

  it('in picking a backend makes it 500', async () => {
    await using backend = await scriptedBackend();
    await using proxy = await proxied(backend);
    proxy.source.onPick = boom;
    expect(await proxy.exchange(LAST)).toContain('500 Internal Server Error (ERR_HTTP_INTERNAL)');
    expect(proxy.ends).toMatchObject([{ status: 500, errorCode: 'ERR_HTTP_INTERNAL' }]);
  });

  it('in picking a backend makes it 500 after an asynchronous filter, too', async () => {
    await using backend = await scriptedBackend();
    await using proxy = await proxied(backend, { filters: [{ onRequest: () => Promise.resolve() }] });
    proxy.source.onPick = boom;
    expect(await proxy.exchange(LAST)).toContain('500 Internal Server Error (ERR_HTTP_INTERNAL)');
  });

  it('in being told of the outcome is noted, and the exchange goes on', async () => {
    await using backend = await scriptedBackend((socket) => socket.write(ok('hello')));
    await using proxy = await proxied(backend);
    proxy.source.onReport = boom;
    expect(await proxy.exchange(LAST)).toContain('hello');
    expect(proxy.logger.entries).toHaveLength(2);
  });

  it('in observing is noted, and the exchange goes on', async () => {
    await using backend = await scriptedBackend((socket) => socket.write(ok('hello')));
    await using proxy = await proxied(backend, { observer: { requestEnded: boom } });
    expect(await proxy.exchange(LAST)).toContain('hello');
    expect(await proxy.exchange('bad\r\n\r\n')).toContain('400');
    expect(proxy.logger.entries).toHaveLength(2);
  });
});
