import { describe, expect, it } from 'vitest';
import { proxied } from '../test/proxied.ts';
import { scriptedBackend } from '../test/scripted-backend.ts';
import { idleHintMs } from './idle-hint.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

function saying(field: string): string {
  return `HTTP/1.1 200 OK\r\n${field}Content-Length: 2\r\n\r\nhi`;
}

describe('What a server says in Keep-Alive', () => {
  it.each([
    ['timeout=5', 4000],
    ['timeout=5, max=100', 4000],
    ['max=100, Timeout = 65', 64_000],
    ['timeout="30"', 29_000],
    ['timeout=1', 0],
    ['timeout=0', 0],
    ['', Infinity],
    ['max=100', Infinity],
    ['timeout=-1', Infinity],
    ['timeout=12345678901', Infinity],
    ['no-timeout=5', Infinity],
  ])('%j is %d ms', (field, ms) => {
    expect(idleHintMs(field)).toBe(ms);
  });

  it('has its connection closed in time, though nobody asks for it', async () => {
    await using backend = await scriptedBackend((socket) => socket.write(saying('Keep-Alive: timeout=5\r\n')));
    await using proxy = await proxied(backend);
    const client = await proxy.connect();
    client.send(GET);
    await client.waitFor('hi');
    expect(client.received).not.toContain('Keep-Alive');
    await proxy.clock.advance(3800);
    expect(proxy.source.idle).toHaveLength(1);
    await proxy.clock.advance(400);
    expect(proxy.source.idle).toHaveLength(0);
    await backend.open(0);
  });

  it('counts from the last response', async () => {
    await using backend = await scriptedBackend((socket) => socket.write(saying('Keep-Alive: timeout=5\r\n')));
    await using proxy = await proxied(backend);
    const client = await proxy.connect();
    for (let request = 1; request <= 4; request++) {
      client.send(GET);
      await proxy.ended(request);
      await proxy.clock.advance(3000);
    }
    expect(proxy.source.dials).toBe(1);
  });

  it('does not touch an exchange that takes longer', async () => {
    await using backend = await scriptedBackend((socket, count) => {
      if (count === 1) socket.write(saying('Keep-Alive: timeout=5\r\n'));
    });
    await using proxy = await proxied(backend);
    const client = await proxy.connect();
    client.send(GET);
    await client.waitFor('hi');
    client.send(GET);
    await backend.waitFor('\r\n\r\nGET');
    await proxy.clock.advance(20_000);
    backend.sockets[0]?.socket.write(saying(''));
    await proxy.ended(2);
    // It takes the hint back.
    await proxy.clock.advance(50_000);
    expect(proxy.source.idle).toHaveLength(1);
  });

  it('holds no longer than the next response, which need not repeat it', async () => {
    await using backend = await scriptedBackend((socket, count) =>
      socket.write(saying(count === 1 ? 'Keep-Alive: timeout=5\r\n' : '')),
    );
    await using proxy = await proxied(backend);
    const client = await proxy.connect();
    for (const request of [1, 2]) {
      client.send(GET);
      await proxy.ended(request);
    }
    await proxy.clock.advance(50_000);
    expect(proxy.source.idle).toHaveLength(1);
  });

  it('of a second or less has no connection kept', async () => {
    await using backend = await scriptedBackend((socket) => socket.write(saying('Keep-Alive: timeout=1\r\n')));
    await using proxy = await proxied(backend);
    const client = await proxy.connect();
    client.send(GET);
    await client.waitFor('hi');
    await backend.open(0);
    expect(proxy.source.idle).toHaveLength(0);
    expect(proxy.source.results).toEqual(['completed']);
  });

  it('leaves a connection alone that has switched protocols, and keeps no timer for it', async () => {
    await using backend = await scriptedBackend((socket, count) =>
      socket.write(
        count === 1
          ? saying('Keep-Alive: timeout=5\r\n')
          : 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n',
      ),
    );
    await using proxy = await proxied(backend);
    const client = await proxy.connect();
    client.send(GET);
    await client.waitFor('hi');
    client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n');
    await client.waitFor('101 Switching Protocols');
    await proxy.clock.advance(20_000);
    backend.sockets[0]?.socket.write('still here');
    await client.waitFor('still here');
    client.reset();
    await backend.open(0);
    await expect.poll(() => proxy.clock.pending).toBe(0);
  });

  it('keeps no timer once its connection is gone', async () => {
    await using backend = await scriptedBackend((socket) => socket.write(saying('Keep-Alive: timeout=5\r\n')));
    await using proxy = await proxied(backend);
    await proxy.exchange('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(proxy.clock.pending).toBe(1);
    await proxy.clock.advance(4200);
    await backend.open(0);
    await expect.poll(() => proxy.clock.pending).toBe(0);
  });
});
