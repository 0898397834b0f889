import { describe, expect, it } from 'vitest';
import { proxied } from '../test/proxied.ts';
import { READ_PATHS } from '../test/read-paths.ts';
import { ok, scriptedBackend } from '../test/scripted-backend.ts';
import { settled } from '../test/settled.ts';
import { until } from '../test/until.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

describe.each(READ_PATHS)('A listener that drains, and reads by $path,', ({ bareHandles }) => {
  it('closes what is idle, lets what is in flight finish, and says that it is the last', async () => {
    await using backend = await scriptedBackend((socket, count) => {
      if (count === 1) socket.write(ok('first'));
    });
    await using proxy = await proxied(backend, { bareHandles });
    const fresh = await proxy.connect();
    const idle = await proxy.connect();
    idle.send(GET);
    await idle.waitFor('first');
    const busy = await proxy.connect();
    busy.send(GET);
    await backend.waitFor(`${backend.sockets[0]?.received}`.repeat(2));

    const drained = proxy.listener.drain({ signal: new AbortController().signal });
    await Promise.all([fresh.waitForEnd(), idle.waitForEnd()]);
    await until(() => proxy.listener.connections === 1);
    await expect(proxy.connect()).rejects.toThrow('ECONNREFUSED');
    backend.sockets[0]?.socket.write(ok('second'));
    expect(await busy.waitForEnd()).toMatch(/\r\nConnection: close\r\n\r\nsecond$/);
    await drained;
    expect(proxy.listener.connections).toBe(0);
  });

  it('lets a head that has begun come, and answers it', async () => {
    await using backend = await scriptedBackend((socket) => socket.write(ok('hi')));
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send('GET / HTTP/1.1\r\n');
    await settled(() => client.socket.bytesWritten);
    const drained = proxy.listener.drain({ signal: new AbortController().signal });
    client.send('Host: a\r\n\r\n');
    expect(await client.waitForEnd()).toMatch(/\r\nConnection: close\r\n\r\nhi$/);
    await drained;
  });

  it('closes after the response even where that said nothing of it', async () => {
    await using backend = await scriptedBackend((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello'),
    );
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send(GET + GET);
    await client.waitFor('hello');
    const drained = proxy.listener.drain({ signal: new AbortController().signal });
    backend.sockets[0]?.socket.write('world');
    expect(await client.waitForEnd()).toMatch(/helloworld$/);
    client.end();
    await drained;
    expect(backend.sockets[0]?.requests).toBe(1);
  });

  it('cuts off what is left when it must', async () => {
    await using backend = await scriptedBackend();
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send(GET);
    await backend.waitFor('\r\n\r\n');
    const deadline = new AbortController();
    const drained = Promise.all([
      proxy.listener.drain({ signal: deadline.signal }),
      proxy.listener.drain({ signal: new AbortController().signal }),
    ]);
    await settled(() => proxy.listener.connections);
    expect(proxy.listener.connections).toBe(1);
    deadline.abort();
    await drained;
    await backend.open(0);
    expect(proxy.ends).toMatchObject([{ result: 'aborted' }]);
  });

  it('goes on with what is open after close()', async () => {
    await using backend = await scriptedBackend((socket) => socket.write(ok('hi')));
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    await until(() => proxy.listener.connections === 1);
    await proxy.listener.close();
    client.send(GET);
    expect(await client.waitFor('hi')).not.toContain('Connection: close');
  });
});
