import { describe, expect, it } from 'vitest';
import { proxied } from '../test/proxied.ts';
import { ok, scriptedBackend } from '../test/scripted-backend.ts';
import { until } from '../test/until.ts';

const post = (path: string): string => `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi`;

describe('A POST whose kept connection is closed', () => {
  it('before anything was written of it is sent on another one', async () => {
    await using backend = await scriptedBackend((socket) => socket.write(ok('done')));
    await using proxy = await proxied(backend);
    const client = await proxy.connect();
    client.send(post('/one'));
    await client.waitFor('done');
    await until(() => proxy.source.idle.length === 1);
    // Both are there when the proxy looks next: the request, then the end of the connection that it takes.
    client.send(post('/two'));
    backend.sockets[0]?.socket.destroy();
    await proxy.ended(2);
    expect(proxy.ends).toMatchObject([{ status: 200 }, { status: 200 }]);
    expect(backend.received.split('POST /two')).toHaveLength(2);
  });

  it('is so too where it had to wait for that connection', async () => {
    await using backend = await scriptedBackend((socket) => socket.write(ok('done')));
    await using proxy = await proxied(backend);
    const { source } = proxy;
    const client = await proxy.connect();
    client.send(post('/one'));
    await client.waitFor('done');
    await until(() => source.idle.length === 1);
    source.lendsLate = true;
    let lend: () => void = () => undefined;
    source.gate = new Promise((resolve) => (lend = resolve));
    let isAsked = false;
    source.onPick = () => (isAsked = true);
    client.send(post('/two'));
    // Between two polls: it is lent now, closed in the next poll, and would be written after that.
    await until(() => isAsked);
    backend.sockets[0]?.socket.destroy();
    lend();
    await proxy.ended(2);
    expect(proxy.ends).toMatchObject([{ status: 200 }, { status: 200 }]);
    expect(source.redials).toBe(1);
  });

  it('after it was written is not', async () => {
    await using backend = await scriptedBackend((socket, _count, text) => {
      if (text.includes('/two')) socket.destroy();
      else socket.write(ok('done'));
    });
    await using proxy = await proxied(backend);
    const client = await proxy.connect();
    client.send(post('/one'));
    await client.waitFor('done');
    client.send(post('/two'));
    await proxy.ended(2);
    expect(proxy.ends).toMatchObject([{ status: 200 }, { status: 502, result: 'stale' }]);
  });
});

describe('What a backend says before it is asked', () => {
  it('is no answer to a request whose body is still coming', async () => {
    await using backend = await scriptedBackend((socket, _count, text) => {
      if (!text.includes('/two')) socket.write(ok('true'));
    });
    await using proxy = await proxied(backend);
    const client = await proxy.connect();
    client.send('GET /one HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.waitFor('true');
    await until(() => proxy.source.idle.length === 1);
    client.send(post('/two').slice(0, -1));
    backend.sockets[0]?.socket.write(ok('forged'));
    await proxy.ended(2);
    expect(proxy.ends[1]).toMatchObject({ status: 502, result: 'stale' });
    expect(client.received).not.toContain('forged');
  });

  it('is no answer, though the connection has been lent by then: the request goes out on another one', async () => {
    await using backend = await scriptedBackend((socket) => socket.write(ok('true')));
    await using proxy = await proxied(backend);
    const client = await proxy.connect();
    client.send('GET /one HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.waitFor('true');
    await until(() => proxy.source.idle.length === 1);
    // Both are there when the proxy looks next: the request, then an answer that nobody has asked for.
    client.send(post('/two'));
    backend.sockets[0]?.socket.write(ok('forged'));
    await proxy.ended(2);
    await until(() => client.received.split('true').length === 3);
    expect(client.received).not.toContain('forged');
    expect(backend.sockets[0]?.received).not.toContain('/two');
  });
});
