import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { proxied } from '../test/proxied.ts';
import { READ_PATHS } from '../test/read-paths.ts';
import { ok, scriptedBackend } from '../test/scripted-backend.ts';
import { until } from '../test/until.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const LAST = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

describe.each(READ_PATHS)('A backend at fault, seen by a proxy that reads by $path:', ({ bareHandles }) => {
  it('no connection is 502, and the client stays', async () => {
    await using backend = await scriptedBackend();
    await backend.server.stop();
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send(GET);
    await client.waitFor('(ERR_TCP_CONNECT_FAILED)\n');
    client.send(LAST);
    expect((await client.waitForEnd()).match(/HTTP\/1\.1 502 /g)).toHaveLength(2);
    expect(proxy.ends).toMatchObject([{ result: 'connect-failed' }, { result: 'connect-failed' }]);
    expect(proxy.source.lent).toBe(0);
  });

  it.each([
    ['raw bytes', 'what is this?', 'ERR_HTTP_BAD_RESPONSE'],
    ['bare LFs', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n', 'ERR_HTTP_BAD_RESPONSE'],
    [
      'Content-Length and Transfer-Encoding',
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
      'ERR_HTTP_BAD_RESPONSE',
    ],
    ['a head that is too large', `HTTP/1.1 200 OK\r\na: ${'b'.repeat(70_000)}\r\n\r\n`, 'ERR_HTTP_BAD_RESPONSE'],
    ['an upgrade nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n', 'ERR_HTTP_BAD_RESPONSE'],
    ['1xx without end', 'HTTP/1.0 102 x\r\n\r\n'.repeat(40), 'ERR_HTTP_BAD_RESPONSE'],
  ])('%s instead of a response is 502', async (_what, response, code) => {
    await using backend = await scriptedBackend((socket) => socket.write(response, 'latin1'));
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send(GET);
    await client.waitFor(`502 Bad Gateway (${code})\n`);
    await backend.open(0);
    expect(proxy.ends).toMatchObject([{ status: 502, result: 'bad-response', errorCode: code }]);
    expect(proxy.source.results).toEqual(['bad-response']);
    expect(proxy.source.idle).toHaveLength(0);
  });

  it.each([
    ['the end', (socket: Socket) => socket.end()],
    ['a reset', (socket: Socket) => socket.resetAndDestroy()],
  ])('%s instead of a response is 502', async (_what, close) => {
    await using backend = await scriptedBackend((socket) => close(socket));
    await using proxy = await proxied(backend, { bareHandles });
    expect(await proxy.exchange(LAST)).toContain('502 Bad Gateway (ERR_HTTP_BACKEND_RESET)');
    expect(proxy.ends).toMatchObject([{ status: 502, result: 'reset' }]);
    expect(proxy.source.results).toEqual(['reset']);
  });

  it('half a head and the end is 502', async () => {
    await using backend = await scriptedBackend((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Le'));
    await using proxy = await proxied(backend, { bareHandles });
    expect(await proxy.exchange(LAST)).toContain('502 Bad Gateway (ERR_HTTP_BACKEND_RESET)');
  });

  it.each([
    ['short of its Content-Length', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello'],
    ['without its last chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'],
    ['with a malformed chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nxyz\r\n0\r\n\r\n'],
  ])('a body %s cuts the client off', async (_what, response) => {
    await using backend = await scriptedBackend((socket) => socket.end(response));
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send(GET);
    await expect(client.waitForEnd()).rejects.toThrow('ECONNRESET');
    expect(client.received).not.toContain('0\r\n\r\n');
    expect(await proxy.ended(1)).toMatchObject([{ status: 200 }]);
    expect(proxy.source.results).not.toContain('completed');
    expect(proxy.source.lent).toBe(0);
    expect(proxy.buffers.leased).toBe(0);
  });

  it('a reset in a body that ends with its connection cuts the client off, too', async () => {
    await using backend = await scriptedBackend((socket) => socket.write('HTTP/1.1 200 OK\r\n\r\nhello'));
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send(GET);
    await client.waitFor('hello');
    backend.server.resetConnections();
    await expect(client.waitForEnd()).rejects.toThrow('ECONNRESET');
    expect(await proxy.ended(1)).toMatchObject([{ result: 'reset' }]);
  });

  it.each([
    ['a body of Content-Length', `${ok('hi')}more`, 'GET'],
    ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi', 'HEAD'],
    ['204', 'HTTP/1.1 204 No Content\r\n\r\nhi', 'GET'],
    ['304', 'HTTP/1.1 304 Not Modified\r\n\r\nhi', 'GET'],
    ['the last chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nmore', 'GET'],
    ['a whole response', ok('hi') + ok('poison'), 'GET'],
  ])('bytes behind %s are not passed on, and the connection is not used again', async (_what, response, method) => {
    await using backend = await scriptedBackend((socket) => socket.write(response));
    await using proxy = await proxied(backend, { bareHandles });
    const answer = await proxy.exchange(`${method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    expect(answer).not.toMatch(/more|poison/);
    expect(proxy.source.results).toEqual(['completed']);
    expect(proxy.source.idle).toHaveLength(0);
    await backend.open(0);
  });

  it.each([
    ['a byte', (socket: Socket) => socket.write('x')],
    ['a whole response', (socket: Socket) => socket.write(ok('poison'))],
    ['the end', (socket: Socket) => socket.end()],
    ['a reset', (socket: Socket) => socket.resetAndDestroy()],
  ])('%s on an idle connection ends it', async (_what, disturb) => {
    await using backend = await scriptedBackend((socket) => socket.write(ok('hi')));
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send(GET);
    await client.waitFor('hi');
    expect(proxy.source.idle).toHaveLength(1);
    const socket = backend.sockets[0]?.socket;
    if (socket !== undefined) disturb(socket);
    await until(() => proxy.source.idle.length === 0);
    client.send(LAST);
    expect(await client.waitForEnd()).not.toContain('poison');
    expect(backend.sockets).toHaveLength(2);
  });
});

describe.each(READ_PATHS)(
  'A reused connection that turns out closed, seen by a proxy that reads by $path:',
  ({ bareHandles }) => {
    /** Answers the first request of each connection, and resets at the second. */
    function forgetfulBackend() {
      return scriptedBackend((socket, count) => {
        if (count === 1) socket.write(ok('hi'));
        else socket.resetAndDestroy();
      });
    }

    it.each(['GET', 'HEAD', 'OPTIONS', 'DELETE'])('%s is sent once more, on a new connection', async (method) => {
      await using backend = await forgetfulBackend();
      await using proxy = await proxied(backend, { bareHandles });
      const client = await proxy.connect();
      client.send(GET);
      await client.waitFor('hi');
      client.send(`${method} /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
      expect((await client.waitForEnd()).match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
      expect(backend.sockets.map(({ requests }) => requests)).toEqual([2, 1]);
      expect(proxy.source.redials).toBe(1);
      expect(proxy.source.results).toEqual(['completed', 'completed']);
      expect(proxy.ends).toHaveLength(2);
    });

    it('PUT is sent once more with its body', async () => {
      await using backend = await forgetfulBackend();
      await using proxy = await proxied(backend, { bareHandles });
      const client = await proxy.connect();
      client.send(GET);
      await client.waitFor('hi');
      client.send('PUT /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello');
      await client.waitForEnd();
      expect(backend.sockets[1]?.received).toMatch(/^PUT \/2 [^]*\r\n\r\nhello$/);
    });

    it('POST is never sent twice', async () => {
      await using backend = await forgetfulBackend();
      await using proxy = await proxied(backend, { bareHandles });
      const client = await proxy.connect();
      client.send(GET);
      await client.waitFor('hi');
      client.send('POST /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello');
      expect(await client.waitForEnd()).toContain('502 Bad Gateway (ERR_HTTP_BACKEND_RESET)');
      expect(backend.received.match(/POST/g)).toHaveLength(1);
      expect(proxy.source.results).toEqual(['completed', 'stale']);
      expect(proxy.ends).toMatchObject([{}, { result: 'stale', status: 502 }]);
    });

    it('nothing is sent twice where that is switched off', async () => {
      await using backend = await forgetfulBackend();
      await using proxy = await proxied(backend, { bareHandles, replayStale: false });
      const client = await proxy.connect();
      client.send(GET);
      await client.waitFor('hi');
      client.send(LAST);
      expect(await client.waitForEnd()).toContain('502 Bad Gateway (ERR_HTTP_BACKEND_RESET)');
    });

    it('nothing is sent a third time', async () => {
      await using backend = await scriptedBackend((socket, count) => {
        if (count === 1 && backend.sockets.length === 1) socket.write(ok('hi'));
        else socket.resetAndDestroy();
      });
      await using proxy = await proxied(backend, { bareHandles });
      const client = await proxy.connect();
      client.send(GET);
      await client.waitFor('hi');
      client.send(LAST);
      expect(await client.waitForEnd()).toContain('502 Bad Gateway (ERR_HTTP_BACKEND_RESET)');
      expect(backend.sockets).toHaveLength(2);
      expect(proxy.source.results).toEqual(['completed', 'reset']);
    });

    it('nothing is sent twice after a byte of an answer', async () => {
      await using backend = await scriptedBackend((socket, count) => {
        if (count === 1) socket.write(ok('hi'));
        else socket.write('HTTP/1.1 2', () => socket.resetAndDestroy());
      });
      await using proxy = await proxied(backend, { bareHandles });
      const client = await proxy.connect();
      client.send(GET);
      await client.waitFor('hi');
      client.send(LAST);
      expect(await client.waitForEnd()).toContain('502 Bad Gateway (ERR_HTTP_BACKEND_RESET)');
      expect(backend.sockets).toHaveLength(1);
    });

    it('any request goes out on a new one where it was closed before anything was said on it', async () => {
      await using backend = await scriptedBackend((socket) => socket.write(ok('hi')));
      await using proxy = await proxied(backend, { bareHandles });
      const client = await proxy.connect();
      client.send(GET);
      await client.waitFor('hi');
      proxy.source.onPick = () => proxy.source.idle[0]?.close();
      client.send('POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello');
      expect((await client.waitForEnd()).match(/200 OK/g)).toHaveLength(2);
      expect(backend.received.match(/POST/g)).toHaveLength(1);
    });

    it('the request goes to whoever can be had where the new connection fails', async () => {
      await using backend = await forgetfulBackend();
      await using proxy = await proxied(backend, { bareHandles });
      const client = await proxy.connect();
      client.send(GET);
      await client.waitFor('hi');
      await backend.server.stop();
      client.send(LAST);
      expect(await client.waitForEnd()).toContain('(ERR_TCP_CONNECT_FAILED)');
      expect(proxy.source.lent).toBe(0);
    });
  },
);
