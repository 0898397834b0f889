import { createServer, type RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { pluginContext, LoopbackServer, startRawServer } from '@millpond/testkit';
import { describe, expect, it } from 'vitest';
import type { HttpProbeOptions } from './http-probe-options.ts';
import { httpProbe, httpProbePlugin } from './http-probe.ts';

const never = new AbortController().signal;

function startServer(listener: RequestListener): Promise<LoopbackServer> {
  return LoopbackServer.start(createServer(listener), { scheme: 'http', name: 'probed' });
}

/** A server that answers with these bytes as soon as anything comes, and then says no more. */
function startLiar(bytes: string, then: (socket: Socket) => void = () => {}): Promise<LoopbackServer> {
  return startRawServer((socket) => {
    socket.once('data', () => {
      socket.write(bytes);
      then(socket);
    });
    socket.on('end', () => socket.end());
  });
}

function check(server: LoopbackServer, options: HttpProbeOptions = {}, signal: AbortSignal = never): Promise<void> {
  return httpProbe(options).check(server.backend, { signal });
}

describe('the request', () => {
  it('is a GET of / with the backend as Host, on a connection of its own', async () => {
    const requests: unknown[] = [];
    await using server = await startServer(({ method, url, headers }, response) => {
      requests.push([method, url, headers]);
      response.end();
    });
    await check(server);
    await check(server);
    const headers = { host: `127.0.0.1:${server.port}`, 'user-agent': 'millpond-probe', connection: 'close' };
    expect(requests).toEqual([
      ['GET', '/', headers],
      ['GET', '/', headers],
    ]);
    await expect.poll(() => [server.connections, server.openConnections]).toEqual([2, 0]);
  });

  it('is what the options say', async () => {
    const requests: unknown[] = [];
    await using server = await startServer(({ method, url, headers }, response) => {
      requests.push([method, url, headers.host, headers['x-token']]);
      response.end();
    });
    await check(server, { path: '/health?deep=1', method: 'HEAD', host: 'shop.test', headers: { 'X-Token': 't' } });
    expect(requests).toEqual([['HEAD', '/health?deep=1', 'shop.test', 't']]);
  });
});

describe('a backend that wants the PROXY protocol', () => {
  it.each([
    ['v1', 'PROXY UNKNOWN\r\n'],
    ['v2', '\r\n\r\n\0\r\nQUIT\n\x20\0\0\0'],
  ] as const)('is told by %s that no client asks, and then asked', async (proxyProtocol, preamble) => {
    await using server = await startRawServer((socket) => {
      let received = '';
      socket.on('data', (chunk) => {
        received += chunk.toString('latin1');
        if (received.endsWith('\r\n\r\n') && received.startsWith(`${preamble}GET / HTTP/1.1\r\n`)) {
          socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
        }
      });
      socket.on('end', () => socket.end());
    });
    await httpProbe().check(server.backend, { signal: never, proxyProtocol });
    await expect.poll(() => server.openConnections).toBe(0);
  });

  it('that refuses the connection fails', async () => {
    const server = await startServer(() => {});
    await server.kill();
    const checked = httpProbe().check(server.backend, { signal: never, proxyProtocol: 'v2' });
    await expect(checked).rejects.toMatchObject({ code: 'ERR_PROBE_CONNECT_FAILED' });
  });
});

describe('the status', () => {
  it.each([
    [200, undefined],
    [399, undefined],
    [204, 204],
    [204, '204'],
    [503, '500-599'],
    [401, ['200-299', 401]],
  ])('%i passes where %j is expected', async (status, expected) => {
    await using server = await startServer((_request, response) => response.writeHead(status).end());
    await expect(check(server, { expect: expected })).resolves.toBeUndefined();
  });

  it.each([
    [404, undefined, '200-399'],
    [500, undefined, '200-399'],
    [200, [204, '300-399'], '204, 300-399'],
  ])('%i fails where %j is expected', async (status, expected, text) => {
    await using server = await startServer((_request, response) => response.writeHead(status).end());
    await expect(check(server, { path: '/health', expect: expected })).rejects.toMatchObject({
      code: 'ERR_PROBE_STATUS',
      message: `GET /health of ${server.url} answered ${status}; healthy is ${text}.`,
    });
    await expect.poll(() => server.openConnections).toBe(0);
  });

  it('passes as soon as the head is there, however slow the body is', async () => {
    await using server = await startServer((_request, response) => response.writeHead(200).write('first of many'));
    await check(server);
    await expect.poll(() => server.openConnections).toBe(0);
  });

  it('of an interim answer is not the answer', async () => {
    await using server = await startLiar(
      'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n',
    );
    await expect(check(server)).rejects.toMatchObject({ code: 'ERR_PROBE_STATUS' });
  });
});

describe('the body', () => {
  it('passes when the text is in it, even cut in two, without waiting for its end', async () => {
    await using server = await startServer((_request, response) => {
      response.write('{"status":"o');
      setImmediate(() => response.write('k"'));
    });
    await check(server, { body: '"status":"ok"' });
    await expect.poll(() => server.openConnections).toBe(0);
  });

  it('fails when the text is not in it', async () => {
    await using server = await startServer((_request, response) => response.end('{"status":"sick"}'));
    await expect(check(server, { body: '"ok"' })).rejects.toMatchObject({
      code: 'ERR_PROBE_BODY',
      message: `GET / of ${server.url}: the 17 characters that were read of its body lack "\\"ok\\"".`,
    });
  });

  it('is read only so far when it has no end', async () => {
    await using server = await startServer((_request, response) => {
      const chunk = 'x'.repeat(10_000);
      const write = (): void => {
        if (!response.destroyed) response.write(chunk, () => setImmediate(write));
      };
      write();
    });
    await expect(check(server, { body: 'ok' })).rejects.toMatchObject({ code: 'ERR_PROBE_BODY' });
    await expect.poll(() => server.openConnections).toBe(0);
  });

  it('fails when it is cut off before the text', async () => {
    await using server = await startLiar('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\no', (socket) => socket.end());
    await expect(check(server, { body: 'ok' })).rejects.toMatchObject({ code: 'ERR_PROBE_BAD_RESPONSE' });
  });
});

describe('a backend that misbehaves', () => {
  it('fails where the port is closed', async () => {
    const server = await startServer(() => {});
    await server.kill();
    await expect(check(server)).rejects.toMatchObject({
      code: 'ERR_PROBE_CONNECT_FAILED',
      cause: { code: 'ECONNREFUSED' },
    });
  });

  it.each([
    ['speaks something else', '220 mail.test ESMTP\r\n'],
    ['sends a broken head', 'HTTP/1.1 200 OK\r\nno colon\r\n\r\n'],
  ])('fails when it %s', async (_name, bytes) => {
    await using server = await startLiar(bytes);
    await expect(check(server)).rejects.toMatchObject({ code: 'ERR_PROBE_BAD_RESPONSE' });
    await expect.poll(() => server.openConnections).toBe(0);
  });

  it('fails when it changes the protocol unasked', async () => {
    await using server = await startLiar(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
    );
    await expect(check(server)).rejects.toMatchObject({ code: 'ERR_PROBE_BAD_RESPONSE' });
  });

  it('fails when it closes without an answer', async () => {
    await using server = await startLiar('', (socket) => socket.end());
    await expect(check(server)).rejects.toMatchObject({
      code: 'ERR_PROBE_BAD_RESPONSE',
      message: `GET / of ${server.url}: socket hang up`,
    });
  });

  it.each([
    ['the head', '', {}],
    ['the body', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n', { body: 'ok' }],
  ])('ends when it is aborted while %s is awaited, and closes the connection', async (_name, bytes, options) => {
    const abort = new AbortController();
    await using server = await startLiar(bytes, () => setImmediate(() => abort.abort()));
    await expect(check(server, options, abort.signal)).rejects.toMatchObject({ code: 'ERR_PROBE_BAD_RESPONSE' });
    await expect.poll(() => server.openConnections).toBe(0);
  });

  it('cannot crash the process by what it sends after the verdict', async () => {
    await using server = await startLiar('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n\r\n');
    await check(server);
    await expect.poll(() => server.openConnections).toBe(0);
  });
});

describe('options', () => {
  it.each<[name: string, options: object]>([
    ['path', { path: 'health' }],
    ['path', { path: '/a b' }],
    ['host', { host: 'a\r\nb' }],
    ['headers', { headers: { 'a b': 'c' } }],
    ['headers', { headers: { a: 'b\n' } }],
    ['expect', { expect: '2xx' }],
    ['expect', { expect: '300-200' }],
    ['expect', { expect: 99 }],
    ['expect', { expect: [] }],
    ['body', { body: 'ok', method: 'HEAD' }],
    ['pth', { pth: '/' }],
  ])('of which %s is wrong are refused: %j', (name, options) => {
    expect(() => httpProbe(options)).toThrow(
      expect.objectContaining({ code: 'ERR_HEALTH_INVALID_OPTION', message: expect.stringContaining(name) }),
    );
  });

  it('are checked by the plugin, too', async () => {
    const result = await httpProbePlugin.options['~standard'].validate({ path: '/up', expect: '200-299' });
    if (result.issues !== undefined) throw new Error('refused');
    await using server = await startServer((request, response) =>
      response.writeHead(request.url === '/up' ? 200 : 404).end(),
    );
    const probe = await httpProbePlugin.create(result.value, pluginContext());
    await expect(probe.check(server.backend, { signal: never })).resolves.toBeUndefined();
  });
});
