import { TestAuthority } from '@millpond/testkit';
import { describe, expect, it } from 'vitest';
import { proxied, type Proxied } from '../test/proxied.ts';
import { READ_PATHS } from '../test/read-paths.ts';
import { ok, scriptedBackend, type ScriptedBackend } from '../test/scripted-backend.ts';
import { settled } from '../test/settled.ts';
import { until } from '../test/until.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const POST = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n';
const timeouts = { headerMs: 10_000, requestMs: 600_000, idleMs: 60_000 };

/** Sends so many bytes of a body every second, until it is over or the seconds are. @returns how many it lasted */
async function dribble(proxy: Proxied, backend: ScriptedBackend, bytes: number, seconds: number): Promise<number> {
  const client = await proxy.connect();
  client.send(POST);
  await backend.waitFor('\r\n\r\n');
  for (let second = 1; second <= seconds; second++) {
    const before = backend.received.length;
    client.send('x'.repeat(bytes));
    await until(() => backend.received.length === before + bytes);
    await proxy.clock.advance(1000);
    if (proxy.ends.length > 0) return second;
  }
  return seconds;
}

describe.each(READ_PATHS)('A proxy that reads by $path', ({ bareHandles }) => {
  it('answers 408 to a body that comes too slowly, however steadily', async () => {
    await using backend = await scriptedBackend();
    await using proxy = await proxied(backend, { bareHandles, timeouts });
    // Each second costs one and earns half of one.
    expect(await dribble(proxy, backend, 120, 60)).toBe(10);
    expect(proxy.ends).toMatchObject([{ status: 408, result: 'refused', errorCode: 'ERR_HTTP_CLIENT_TOO_SLOW' }]);
    expect(proxy.source.results).toEqual(['aborted']);
    await backend.open(0);
  });

  it('tells such a client, and closes', async () => {
    await using backend = await scriptedBackend();
    await using proxy = await proxied(backend, { bareHandles, timeouts });
    const client = await proxy.connect();
    client.send(`${POST}hello`);
    await backend.waitFor('hello');
    await proxy.clock.advance(4800);
    expect(client.received).toBe('');
    await proxy.clock.advance(400);
    const answer = await client.waitForEnd();
    expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n[^]*Connection: close\r\n/);
    expect(answer).toContain('(ERR_HTTP_CLIENT_TOO_SLOW)');
  });

  it('lets a body come that is just fast enough', async () => {
    await using backend = await scriptedBackend();
    await using proxy = await proxied(backend, { bareHandles, timeouts });
    expect(await dribble(proxy, backend, 240, 60)).toBe(60);
    expect(proxy.ends).toEqual([]);
  });

  it.each([
    ['a rate of its own', 1000, 7],
    ['none', 0, 20],
  ])('keeps to %s', async (_what, minBytesPerSecond, lasted) => {
    await using backend = await scriptedBackend();
    await using proxy = await proxied(backend, { bareHandles, timeouts, limits: { minBytesPerSecond } });
    expect(await dribble(proxy, backend, 250, 20)).toBe(lasted);
  });

  it('does not count the time that the backend takes to read the body', async () => {
    await using backend = await scriptedBackend((socket) => socket.pause());
    await using proxy = await proxied(backend, { bareHandles, timeouts });
    const client = await proxy.connect();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\r\n\r\n');
    await backend.waitFor('\r\n\r\n');
    client.send('x'.repeat(20_000_000));
    await settled(() => client.socket.writableLength);
    await proxy.clock.advance(500_000);
    expect(proxy.ends).toEqual([]);
    backend.sockets[0]?.socket.resume();
    await until(() => backend.received.length > 20_000_000);
    backend.sockets[0]?.socket.write(ok('done'));
    expect(await client.waitFor('done')).toContain('200 OK');
  });

  it('does not count the time for which a client waits to be told to go on', async () => {
    await using backend = await scriptedBackend();
    await using proxy = await proxied(backend, { bareHandles, timeouts });
    const client = await proxy.connect();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n');
    await backend.waitFor('\r\n\r\n');
    await proxy.clock.advance(500_000);
    backend.sockets[0]?.socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    await client.waitFor('100 Continue');
    await proxy.clock.advance(4000);
    client.send('hello');
    await backend.waitFor('hello');
    backend.sockets[0]?.socket.write(ok('done'));
    await client.waitFor('done');
  });

  it('cuts a client off that takes its response too slowly, and does not blame the backend', async () => {
    await using backend = await scriptedBackend((socket) => socket.write(ok('x'.repeat(30_000_000))));
    // So much that even what the kernels take at once does not last.
    const limits = { minBytesPerSecond: 10_000_000 };
    await using proxy = await proxied(backend, { bareHandles, timeouts, limits });
    const client = await proxy.connect();
    client.socket.pause();
    client.send(GET);
    await backend.waitFor('\r\n\r\n');
    await settled(() => backend.sockets[0]?.socket.writableLength ?? 0);
    await proxy.clock.advance(4000);
    expect(proxy.ends).toEqual([]);
    await proxy.clock.advance(4000);
    expect(await proxy.ended(1)).toMatchObject([{ result: 'aborted', errorCode: 'ERR_HTTP_CLIENT_TOO_SLOW' }]);
    expect(proxy.source.results).toEqual(['aborted']);
    await backend.open(0);
    await until(() => proxy.listener.connections === 0);
    expect(proxy.buffers.leased).toBe(0);
  });

  it('waits for a backend that sends little by little, and a client that takes it all', async () => {
    await using backend = await scriptedBackend((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n'),
    );
    await using proxy = await proxied(backend, { bareHandles, timeouts });
    const client = await proxy.connect();
    client.send(GET);
    await client.waitFor('\r\n\r\n');
    for (let byte = 0; byte < 9; byte++) {
      backend.sockets[0]?.socket.write(`${byte}`);
      await client.waitFor(`${byte}`);
      await proxy.clock.advance(50_000);
    }
    expect(proxy.ends).toEqual([]);
  });

  it('waits for such a backend over TLS, too, where something is pending after every write', async () => {
    const authority = new TestAuthority();
    const tls = { certificates: [authority.issue({ names: ['localhost'] })] };
    await using backend = await scriptedBackend((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n'),
    );
    await using proxy = await proxied(backend, { bareHandles, timeouts, tls });
    const client = await proxy.connect({ ca: authority.ca, servername: 'localhost' });
    client.send(GET);
    await client.waitFor('\r\n\r\n');
    for (let byte = 0; byte < 9; byte++) {
      backend.sockets[0]?.socket.write(`${byte}`);
      await client.waitFor(`${byte}`);
      await proxy.clock.advance(50_000);
    }
    expect(proxy.ends).toEqual([]);
  });

  it('does not hold a client to a body that was answered before it was whole', async () => {
    await using backend = await scriptedBackend((socket) =>
      socket.write('HTTP/1.1 413 No\r\nContent-Length: 4\r\n\r\n'),
    );
    await using proxy = await proxied(backend, { bareHandles, timeouts });
    const client = await proxy.connect();
    client.send(`${POST}hello`);
    await client.waitFor('\r\n\r\n');
    await proxy.clock.advance(50_000);
    backend.sockets[0]?.socket.write('gone');
    expect(await client.waitForEnd()).toMatch(/\r\n\r\ngone$/);
  });
});
