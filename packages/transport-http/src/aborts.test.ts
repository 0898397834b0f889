import { startHttpBackend, seededRandom } from '@millpond/testkit';
import { describe, expect, it } from 'vitest';
import { proxied } from '../test/proxied.ts';
import { READ_PATHS } from '../test/read-paths.ts';
import { ok, scriptedBackend } from '../test/scripted-backend.ts';
import { settled } from '../test/settled.ts';
import { until } from '../test/until.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

/** How a client goes away. */
const WAYS = [
  { way: 'ends', leave: (client: { end(): void }) => client.end() },
  { way: 'resets', leave: (client: { reset(): void }) => client.reset() },
];

describe.each(READ_PATHS)('Read by $path,', ({ bareHandles }) => {
  describe.each(WAYS)('a client that $way', ({ leave }) => {
    it('within a head leaves nothing behind', async () => {
      await using backend = await scriptedBackend();
      await using proxy = await proxied(backend, { bareHandles });
      const client = await proxy.connect();
      client.send('GET / HTTP/1.1\r\nHo');
      await settled(() => client.socket.bytesWritten);
      leave(client);
      await until(() => proxy.listener.connections === 0);
      expect(proxy.ends).toEqual([]);
    });

    it('while a connection is awaited leaves none lent', async () => {
      await using backend = await scriptedBackend();
      await using proxy = await proxied(backend, { bareHandles });
      let open: () => void = () => undefined;
      proxy.source.gate = new Promise((resolve) => (open = resolve));
      const client = await proxy.connect();
      client.send(GET);
      await settled(() => client.socket.bytesWritten);
      leave(client);
      expect(await proxy.ended(1)).toMatchObject([{ status: 0, result: 'aborted', backend: undefined }]);
      open();
      await settled(() => proxy.source.lent);
      expect(proxy.source.lent).toBe(0);
      expect(backend.sockets).toHaveLength(0);
    });

    it('while the backend thinks has that connection closed', async () => {
      await using backend = await scriptedBackend();
      await using proxy = await proxied(backend, { bareHandles });
      const client = await proxy.connect();
      client.send(GET);
      await backend.waitFor('\r\n\r\n');
      leave(client);
      await backend.open(0);
      expect(proxy.source.results).toEqual(['aborted']);
      expect(await proxy.ended(1)).toMatchObject([{ status: 0, result: 'aborted' }]);
    });

    it('within its request body has the connection closed', async () => {
      await using backend = await scriptedBackend();
      await using proxy = await proxied(backend, { bareHandles });
      const client = await proxy.connect();
      client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nhello');
      await backend.waitFor('hello');
      leave(client);
      await backend.open(0);
      expect(proxy.source.results).toEqual(['aborted']);
      await until(() => proxy.buffers.leased === 0);
    });

    it('within its response has the connection closed', async () => {
      await using backend = await scriptedBackend((socket) =>
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n${'x'.repeat(100_000)}`),
      );
      await using proxy = await proxied(backend, { bareHandles });
      const client = await proxy.connect();
      client.send(GET);
      await client.waitFor('x');
      leave(client);
      await backend.open(0);
      expect(proxy.source.results).toEqual(['aborted']);
      await until(() => proxy.buffers.leased === 0);
      expect(proxy.ends).toMatchObject([{ status: 200, result: 'aborted' }]);
    });
  });

  it('a client that ends its side once it has asked for the end still gets the whole answer', async () => {
    const body = 'x'.repeat(20_000_000);
    await using backend = await scriptedBackend((socket) => socket.write(ok(body)));
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.socket.pause();
    client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await backend.waitFor('\r\n\r\n');
    client.socket.resume();
    await proxy.ended(1);
    client.end();
    expect((await client.waitForEnd()).length).toBeGreaterThan(body.length);
  });

  it('hundreds of clients that leave at random moments leave nothing behind', async () => {
    const random = seededRandom(7);
    await using backend = await startHttpBackend({
      handler: (request, response) => {
        request.resume();
        response.on('error', () => undefined);
        if (random() < 0.3) response.write('x'.repeat(Math.floor(random() * 300_000)));
        if (random() < 0.7) response.end('y'.repeat(Math.floor(random() * 300_000)));
      },
    });
    await using proxy = await proxied(backend, { bareHandles });
    await Promise.all(
      Array.from({ length: 300 }, async () => {
        const client = await proxy.connect();
        if (random() < 0.3) client.socket.pause();
        const size = Math.floor(random() * 200_000);
        const head = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`;
        const request = random() < 0.5 ? GET.repeat(Math.ceil(random() * 3)) : head + 'z'.repeat(size);
        client.send(request.slice(0, random() < 0.5 ? undefined : Math.floor(random() * request.length)));
        for (let turns = Math.floor(random() * 30); turns > 0; turns--) {
          await new Promise(setImmediate);
        }
        if (random() < 0.5) client.reset();
        else client.socket.destroy();
      }),
    );
    await until(() => proxy.listener.connections === 0);
    await until(() => proxy.buffers.leased === 0);
    expect(proxy.source.lent).toBe(0);
    // No deadline is watched any more.
    expect(proxy.clock.pending).toBe(0);
    // Dials that were under way are let through, and their connections kept.
    await until(() => backend.openConnections === proxy.source.idle.length);
    expect(proxy.logger.entries).toEqual([]);
  });
});
