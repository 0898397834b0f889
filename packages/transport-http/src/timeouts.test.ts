import { describe, expect, it } from 'vitest';
import { proxied } from '../test/proxied.ts';
import { READ_PATHS } from '../test/read-paths.ts';
import { ok, scriptedBackend } from '../test/scripted-backend.ts';
import { settled } from '../test/settled.ts';
import { until } from '../test/until.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const timeouts = { headerMs: 1000, requestMs: 3000, idleMs: 6000 };

describe.each(READ_PATHS)('A proxy that reads by $path', ({ bareHandles }) => {
  it('answers 408 to a head that does not end, however busily it comes', async () => {
    await using backend = await scriptedBackend();
    await using proxy = await proxied(backend, { bareHandles, timeouts });
    const client = await proxy.connect();
    client.send('GET / HTTP/1.1\r\n');
    for (let line = 0; line < 9; line++) {
      client.send(`a${line}: b\r\n`);
      // Slowloris: a line now and then.
      await settled(() => client.socket.bytesWritten);
      await proxy.clock.advance(100);
    }
    expect(client.received).toBe('');
    await proxy.clock.advance(300);
    expect(await client.waitForEnd()).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n[^]*Connection: close/);
    expect(proxy.ends).toMatchObject([
      { status: 408, result: 'refused', errorCode: 'ERR_HTTP_REQUEST_TIMEOUT', method: 'GET', target: '/' },
    ]);
    expect(proxy.ends[0]?.durationMs).toBeGreaterThanOrEqual(1000);
    expect(backend.sockets).toHaveLength(0);
  });

  it('closes a connection on which nothing comes, without a word', async () => {
    await using backend = await scriptedBackend();
    await using proxy = await proxied(backend, { bareHandles, timeouts });
    const client = await proxy.connect();
    await until(() => proxy.listener.connections === 1);
    await proxy.clock.advance(1100);
    expect(await client.waitForEnd()).toBe('');
    expect(proxy.ends).toEqual([]);
  });

  it('closes a connection that stays idle between two requests', async () => {
    await using backend = await scriptedBackend((socket) => socket.write(ok('hi')));
    await using proxy = await proxied(backend, { bareHandles, timeouts });
    const client = await proxy.connect();
    client.send(GET);
    await client.waitFor('hi');
    await proxy.clock.advance(5800);
    expect(proxy.listener.connections).toBe(1);
    await proxy.clock.advance(400);
    await client.waitForEnd();
    expect(proxy.ends).toHaveLength(1);
  });

  it('answers 504 where the backend does not answer, and closes that connection', async () => {
    await using backend = await scriptedBackend();
    await using proxy = await proxied(backend, { bareHandles, timeouts });
    const client = await proxy.connect();
    client.send(GET);
    await backend.waitFor('\r\n\r\n');
    await proxy.clock.advance(2800);
    expect(client.received).toBe('');
    await proxy.clock.advance(400);
    const answer = await client.waitFor('504 Gateway Timeout (ERR_HTTP_BACKEND_TIMEOUT)');
    expect(answer).not.toContain('Connection: close');
    await backend.open(0);
    expect(proxy.source.results).toEqual(['timeout']);
  });

  it('answers 504 where there is no connection in time, and takes none any more', async () => {
    await using backend = await scriptedBackend();
    await using proxy = await proxied(backend, { bareHandles, timeouts });
    proxy.source.gate = new Promise(() => undefined);
    const client = await proxy.connect();
    client.send(GET);
    await settled(() => client.socket.bytesWritten);
    await proxy.clock.advance(3200);
    await client.waitFor('504 Gateway Timeout (ERR_HTTP_BACKEND_TIMEOUT)');
    expect(proxy.ends).toMatchObject([{ status: 504, result: 'timeout', backend: undefined }]);
    expect(proxy.source.lent).toBe(0);
  });

  it('answers 408 to a body that stops, and 504 to none of its doing', async () => {
    await using backend = await scriptedBackend();
    await using proxy = await proxied(backend, { bareHandles, timeouts, limits: { minBytesPerSecond: 0 } });
    const client = await proxy.connect();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello');
    await backend.waitFor('hello');
    await proxy.clock.advance(5800);
    expect(client.received).toBe('');
    await proxy.clock.advance(400);
    expect(await client.waitForEnd()).toMatch(/^HTTP\/1\.1 408 /);
    expect(proxy.source.results).toEqual(['aborted']);
    expect(proxy.ends).toMatchObject([{ status: 408, result: 'refused', upstream: 'test' }]);
    await backend.open(0);
  });

  it('gives a body that keeps coming all the time it needs', async () => {
    await using backend = await scriptedBackend();
    await using proxy = await proxied(backend, { bareHandles, timeouts, limits: { minBytesPerSecond: 0 } });
    const client = await proxy.connect();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n');
    for (const letter of ['w', 'x', 'y']) {
      client.send(letter);
      await backend.waitFor(letter);
      await proxy.clock.advance(5000);
    }
    client.send('z');
    await backend.waitFor('z');
    await proxy.clock.advance(2500);
    backend.sockets[0]?.socket.write(ok('done'));
    await client.waitFor('done');
    expect(backend.received).toMatch(/\r\n\r\nwxyz$/);
    expect(await proxy.ended(1)).toMatchObject([{ status: 200, result: 'completed', errorCode: undefined }]);
  });

  it('answers 504 where the backend does not take the body', async () => {
    await using backend = await scriptedBackend((socket) => socket.pause());
    await using proxy = await proxied(backend, { bareHandles, timeouts });
    const client = await proxy.connect();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\n');
    await backend.waitFor('\r\n\r\n');
    client.send('x'.repeat(50_000_000));
    await settled(() => client.socket.writableLength);
    await proxy.clock.advance(3200);
    await client.waitFor('504 Gateway Timeout');
    expect(proxy.source.results).toEqual(['timeout']);
  });

  it('answers 504 where a client waits for 100 Continue and the backend does not speak', async () => {
    await using backend = await scriptedBackend();
    await using proxy = await proxied(backend, { bareHandles, timeouts });
    const client = await proxy.connect();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n');
    await backend.waitFor('\r\n\r\n');
    await proxy.clock.advance(3200);
    expect(await client.waitFor('504 Gateway Timeout')).not.toContain('100 Continue');
    expect(await proxy.ended(1)).toMatchObject([
      { status: 504, result: 'timeout', errorCode: 'ERR_HTTP_BACKEND_TIMEOUT' },
    ]);
  });

  it('cuts the client off where a response stops coming', async () => {
    await using backend = await scriptedBackend((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello'),
    );
    await using proxy = await proxied(backend, { bareHandles, timeouts });
    const client = await proxy.connect();
    client.send(GET);
    await client.waitFor('hello');
    await proxy.clock.advance(6200);
    await expect(client.waitForEnd()).rejects.toThrow('ECONNRESET');
    expect(proxy.ends).toMatchObject([{ result: 'timeout', errorCode: 'ERR_HTTP_IDLE_TIMEOUT' }]);
    await backend.open(0);
  });

  it('cuts a client off that stops taking its response, and does not blame the backend', async () => {
    await using backend = await scriptedBackend((socket) => socket.write(ok('x'.repeat(30_000_000))));
    await using proxy = await proxied(backend, { bareHandles, timeouts });
    const client = await proxy.connect();
    client.socket.pause();
    client.send(GET);
    await backend.waitFor('\r\n\r\n');
    await settled(() => backend.sockets[0]?.socket.writableLength ?? 0);
    await proxy.clock.advance(6200);
    expect(await proxy.ended(1)).toMatchObject([{ result: 'aborted', errorCode: 'ERR_HTTP_IDLE_TIMEOUT' }]);
    await backend.open(0);
    await until(() => proxy.listener.connections === 0);
    expect(proxy.buffers.leased).toBe(0);
  });

  it('closes a client that has got its last response and does not end', async () => {
    await using backend = await scriptedBackend((socket) => socket.write(ok('x'.repeat(8_000_000))));
    await using proxy = await proxied(backend, { bareHandles, timeouts });
    const client = await proxy.connect();
    client.send('GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\n');
    await proxy.ended(1);
    await until(() => client.received.length > 8_000_000);
    expect(proxy.listener.connections).toBe(1);
    await proxy.clock.advance(2200);
    await until(() => proxy.listener.connections === 0);
  });

  it('sets no timer while no client is there', async () => {
    await using backend = await scriptedBackend();
    await using proxy = await proxied(backend, { bareHandles, timeouts });
    const client = await proxy.connect();
    await until(() => proxy.listener.connections === 1);
    expect(proxy.clock.pending).toBe(1);
    client.reset();
    await until(() => proxy.listener.connections === 0);
    expect(proxy.clock.pending).toBe(0);
  });
});
