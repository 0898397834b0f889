import { describe, expect, it } from 'vitest';
import { proxied } from '../test/proxied.ts';
import { READ_PATHS } from '../test/read-paths.ts';
import { ok, scriptedBackend } from '../test/scripted-backend.ts';
import { settled } from '../test/settled.ts';
import { until } from '../test/until.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

describe.each(READ_PATHS)('A client of a proxy that reads by $path', ({ bareHandles }) => {
  it('is told by a reset that the end is missing, where a drain cuts off an answer that ends with its connection', async () => {
    await using backend = await scriptedBackend((socket) => socket.write('HTTP/1.1 200 OK\r\n\r\nhalf of it'));
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send(GET);
    await client.waitFor('half of it');
    await proxy.listener.drain({ signal: AbortSignal.abort() });
    await expect(client.waitForEnd()).rejects.toThrow('ECONNRESET');
    expect(proxy.ends).toMatchObject([{ result: 'aborted', errorCode: 'ERR_HTTP_ABORTED', bytesOut: 10 }]);
  });

  it.each(['idle', 'draining'])('is told so where it has not taken its answers by then: %s', async (how) => {
    const answer = ok('x'.repeat(10_000));
    await using backend = await scriptedBackend((socket) => socket.write(answer));
    await using proxy = await proxied(backend, { bareHandles, timeouts: { idleMs: 5000 } });
    const client = await proxy.connect();
    client.socket.pause();
    // As much as the kernel takes, and what is written of the last answer beyond that.
    client.send(GET.repeat(2000));
    await until(() => proxy.ends.length > 0);
    const answered = await settled(() => proxy.ends.length);
    expect(answered).toBeLessThan(2000);
    if (how === 'idle') await proxy.clock.advance(5200);
    else await proxy.listener.drain({ signal: AbortSignal.abort() });
    await until(() => proxy.listener.connections === 0);
    client.socket.resume();
    // Node takes a reset behind bytes for an end; but what the kernel had was thrown away by it.
    await client.waitForEnd().catch(() => undefined);
    expect(client.bytes.length).toBeLessThan((answered * answer.length) / 2);
    expect(proxy.source.lent).toBe(0);
  });

  it('gets what was answered in the turn in which a drain cuts it off', async () => {
    const cutOff = new AbortController();
    await using backend = await scriptedBackend();
    const observer = { requestEnded: () => cutOff.abort() };
    await using proxy = await proxied(backend, { bareHandles, observer, route: () => undefined });
    const client = await proxy.connect();
    client.send('GET / HTTP/1.1\r\n');
    await settled(() => client.socket.bytesWritten);
    const drained = proxy.listener.drain({ signal: cutOff.signal });
    client.send('Host: a\r\n\r\n');
    expect(await client.waitForEnd()).toMatch(/^HTTP\/1\.1 404 /);
    client.end();
    await drained;
  });

  it('gets no other request answered once one has thrown, as what came behind that is lost', async () => {
    await using backend = await scriptedBackend((socket) => socket.write(ok('hi')));
    const route = (): never => {
      throw new Error('a faulty handler');
    };
    await using proxy = await proxied(backend, { bareHandles, route });
    const client = await proxy.connect();
    client.send(`${GET}POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${GET.length}\r\n\r\n`);
    await client.waitFor('ERR_HTTP_INTERNAL');
    client.send(GET);
    const answer = await client.waitForEnd();
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(answer).toMatch(/^HTTP\/1\.1 500 [^]*\r\nConnection: close\r\n/);
    expect(proxy.ends).toMatchObject([{ status: 500 }]);
    expect(proxy.logger.entries).toMatchObject([{ level: 'error' }]);
  });

  it('that goes on with a body which was refused is listened to for no more than 2 s', async () => {
    await using backend = await scriptedBackend();
    await using proxy = await proxied(backend, { bareHandles, route: () => undefined });
    const client = await proxy.connect();
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n${'x'.repeat(40_000)}`);
    expect(await client.waitForEnd()).toMatch(/^HTTP\/1\.1 404 /);
    expect(proxy.listener.connections).toBe(1);
    await proxy.clock.advance(2200);
    await until(() => proxy.listener.connections === 0);
  });
});
