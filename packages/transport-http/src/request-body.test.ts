import { startHttpBackend } from '@millpond/testkit';
import { describe, expect, it } from 'vitest';
import { echo } from '../test/echo.ts';
import { proxied } from '../test/proxied.ts';
import { READ_PATHS } from '../test/read-paths.ts';
import { ok, scriptedBackend } from '../test/scripted-backend.ts';
import { settled } from '../test/settled.ts';
import { until } from '../test/until.ts';

const EXPECTING = 'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n';

describe.each(READ_PATHS)('A request body, read by $path,', ({ bareHandles }) => {
  it.each([
    ['Content-Length', 'Content-Length: 5', 'hello'],
    ['chunks', 'Transfer-Encoding: chunked', '2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n'],
  ])('is passed on where %s frames it', async (_what, line, body) => {
    await using backend = await startHttpBackend({ handler: echo });
    await using proxy = await proxied(backend, { bareHandles });
    const answer = await proxy.exchange(`PUT / HTTP/1.1\r\nHost: a\r\n${line}\r\nConnection: close\r\n\r\n${body}`);
    expect(answer).toMatch(/\r\n\r\nhello$/);
    expect(proxy.ends).toMatchObject([{ bytesIn: 5, bytesOut: 5 }]);
  });

  it('waits for the word of the backend where the client asks for that', async () => {
    await using backend = await scriptedBackend((socket) => {
      socket.write('HTTP/1.1 100 Continue\r\n\r\n');
      socket.once('data', () => socket.write(ok('thanks')));
    });
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send(EXPECTING);
    expect(await client.waitFor('\r\n\r\n')).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    expect(backend.received).toContain('\r\nExpect: 100-continue\r\n');
    client.send('hello');
    const answer = await client.waitFor('thanks');
    expect(answer.match(/100 Continue/g)).toHaveLength(1);
    expect(answer).not.toContain('Connection: close');
    expect(proxy.source.idle).toHaveLength(1);
  });

  it('is not waited for where the backend has refused it', async () => {
    await using backend = await scriptedBackend((socket) =>
      socket.write('HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno'),
    );
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send(EXPECTING);
    expect(await client.waitForEnd()).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n[^]*Connection: close\r\n\r\nno$/);
    expect(proxy.source.idle).toHaveLength(0);
    expect(proxy.source.results).toEqual(['completed']);
    await backend.open(0);
  });

  it('may go on while the response has come already, and no connection is used again', async () => {
    await using backend = await scriptedBackend((socket) =>
      socket.write('HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno'),
    );
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n${'x'.repeat(200_000)}`);
    await client.waitFor('\r\n\r\nno');
    client.send('x'.repeat(2_000_000));
    expect(await client.waitForEnd()).toContain('Connection: close');
    await backend.open(0);
    expect(proxy.source.idle).toHaveLength(0);
    expect(proxy.ends).toMatchObject([{ status: 401, result: 'completed' }]);
  });

  it('is not read faster than the backend takes it', async () => {
    await using backend = await scriptedBackend((socket) => socket.pause());
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\n`);
    await backend.waitFor('\r\n\r\n');
    client.send('x'.repeat(50_000_000));
    // What the kernel holds for both sides, and no more.
    expect(await settled(() => client.socket.writableLength)).toBeGreaterThan(30_000_000);
    expect(proxy.buffers.leased).toBeLessThanOrEqual(8);
  });

  it('that is malformed is refused, and the backend never sees its end', async () => {
    await using backend = await scriptedBackend();
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n');
    await backend.waitFor('5\r\nhello');
    client.send('5\nhello\r\n0\r\n\r\n');
    expect(await client.waitForEnd()).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[^]*Connection: close\r\n/);
    await backend.open(0);
    expect(backend.received).not.toContain('\r\n0\r\n');
    expect(proxy.source.results).toEqual(['aborted']);
    client.end();
    await until(() => proxy.buffers.leased === 0);
  });

  it.each([
    ['said by Content-Length', 'Content-Length: 101\r\n\r\n', 0],
    [
      'in chunks',
      `Transfer-Encoding: chunked\r\n\r\n60\r\n${'x'.repeat(96)}\r\n60\r\n${'x'.repeat(96)}\r\n0\r\n\r\n`,
      0,
    ],
  ])('that is too large, %s, is refused', async (_what, rest, requests) => {
    await using backend = await startHttpBackend({ handler: echo });
    await using proxy = await proxied(backend, { bareHandles, limits: { bodyBytes: 100 } });
    const answer = await proxy.exchange(`POST / HTTP/1.1\r\nHost: a\r\n${rest}`);
    expect(answer).toMatch(/^HTTP\/1\.1 413 .*\r\n[^]*Connection: close\r\n/);
    expect(answer).toContain('ERR_HTTP_BODY_TOO_LARGE');
    expect(backend.requests).toBe(requests);
  });

  it('that turns out too large on its way never ends at the backend', async () => {
    await using backend = await scriptedBackend();
    await using proxy = await proxied(backend, { bareHandles, limits: { bodyBytes: 100 } });
    const client = await proxy.connect();
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n60\r\n${'x'.repeat(96)}\r\n`);
    await backend.waitFor('xxx');
    client.send(`60\r\n${'x'.repeat(96)}\r\n0\r\n\r\n`);
    expect(await client.waitForEnd()).toContain('HTTP/1.1 413');
    await backend.open(0);
    expect(backend.received).not.toContain('\r\n0\r\n');
  });

  it('that is as large as it may be is passed on', async () => {
    await using backend = await startHttpBackend({ handler: echo });
    await using proxy = await proxied(backend, { bareHandles, limits: { bodyBytes: 100 } });
    const body = 'x'.repeat(100);
    expect(
      await proxy.exchange(`POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 100\r\n\r\n${body}`),
    ).toContain(body);
  });
});
