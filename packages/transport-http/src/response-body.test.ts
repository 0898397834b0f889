import { describe, expect, it } from 'vitest';
import { proxied } from '../test/proxied.ts';
import { READ_PATHS } from '../test/read-paths.ts';
import { ok, scriptedBackend } from '../test/scripted-backend.ts';
import { settled } from '../test/settled.ts';
import { until } from '../test/until.ts';

/** What one read of 512 KiB is set aside in. */
const MOST_BLOCKS = 8;

describe.each(READ_PATHS)('A response body, read by $path,', ({ bareHandles }) => {
  it('is not read faster than the client takes it, and arrives whole all the same', async () => {
    const body = 'abcdefghij'.repeat(3_000_000);
    await using backend = await scriptedBackend((socket) => socket.write(ok(body)));
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.socket.pause();
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await backend.waitFor('\r\n\r\n');
    // What the kernel holds for both sides, and no more; the rest stays with the backend.
    expect(await settled(() => backend.sockets[0]?.socket.writableLength ?? 0)).toBeGreaterThan(10_000_000);
    expect(proxy.buffers.leased).toBeLessThanOrEqual(MOST_BLOCKS);
    client.socket.resume();
    const answer = await proxy.ended(1).then(() => client.waitFor('\r\n\r\n'));
    expect(answer).toContain('Content-Length: 30000000');
    await until(() => client.received.endsWith(body));
    expect(proxy.buffers.leased).toBe(0);
    expect(proxy.source.idle).toHaveLength(1);
  });

  it('that comes in many pieces goes out as it comes', async () => {
    await using backend = await scriptedBackend((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'),
    );
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.waitFor('\r\n\r\n');
    for (const word of ['one', 'two', 'six']) {
      backend.sockets[0]?.socket.write(`3\r\n${word}\r\n`);
      await client.waitFor(`3\r\n${word}\r\n`);
    }
    backend.sockets[0]?.socket.write('0\r\n\r\n');
    await client.waitFor('0\r\n\r\n');
    expect(await proxy.ended(1)).toMatchObject([{ bytesOut: 9, result: 'completed' }]);
  });
});
