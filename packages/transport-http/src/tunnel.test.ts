import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { startRawServer, type LoopbackServer, type RawClient } from '@millpond/testkit';
import { describe, expect, it } from 'vitest';
import { nothingLeft } from '../test/nothing-left.ts';
import { proxied, type Proxied, type ProxiedOptions } from '../test/proxied.ts';
import { READ_PATHS } from '../test/read-paths.ts';
import { settled } from '../test/settled.ts';
import { until } from '../test/until.ts';
import { switching, UPGRADE } from '../test/upgrading.ts';

const timeouts = { headerMs: 1000, requestMs: 3000, idleMs: 6000, tunnelMs: 60_000 };

/** A tunnel between a client and a backend that do only what a test says. */
interface OpenTunnel extends AsyncDisposable {
  readonly proxy: Proxied;
  readonly server: LoopbackServer;
  readonly client: RawClient;
  readonly backend: Socket;
  /** What has come from the client behind the head of its request. */
  readonly received: () => string;
}

async function openTunnel(options: ProxiedOptions): Promise<OpenTunnel> {
  const accepted: Socket[] = [];
  let received = '';
  const server = await startRawServer((socket) => {
    accepted.push(socket);
    socket.on('data', (chunk) => (received += chunk.toString('latin1')));
    socket.once('data', () => socket.write(switching()));
  });
  const proxy = await proxied(server, { timeouts, ...options });
  const client = await proxy.connect();
  client.send(UPGRADE);
  await client.waitFor('\r\n\r\n');
  const [backend] = accepted;
  if (backend === undefined) throw new Error('there is no connection');
  return {
    proxy,
    server,
    client,
    backend,
    received: () => received.slice(received.indexOf('\r\n\r\n') + 4),
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

describe.each(READ_PATHS)('A tunnel of a proxy that reads by $path', ({ bareHandles }) => {
  it('passes bytes both ways, and is one exchange that ends with it', async () => {
    await using tunnel = await openTunnel({ bareHandles });
    const { proxy, client, backend } = tunnel;
    client.send('\x00GET / HTTP/1.1\r\n\r\n\xff');
    await until(() => tunnel.received() === '\x00GET / HTTP/1.1\r\n\r\n\xff');
    backend.write('HTTP/1.1 200 OK\r\n\r\n');
    await client.waitFor('200 OK\r\n\r\n');
    expect([proxy.source.lent, proxy.source.idle, proxy.ends]).toEqual([1, [], []]);
    client.end();
    backend.end('bye');
    expect(await client.waitForEnd()).toMatch(/bye$/);
    expect(await proxy.ended(1)).toMatchObject([
      { status: 101, method: 'GET', bytesIn: 20, bytesOut: 22, result: 'completed', errorCode: undefined },
    ]);
    expect(proxy.source.results).toEqual(['completed']);
    await nothingLeft(proxy, tunnel.server);
  });

  it('passes on the end of either side, and goes on in the other direction', async () => {
    await using tunnel = await openTunnel({ bareHandles });
    const ended = once(tunnel.backend, 'end');
    tunnel.client.end();
    await ended;
    tunnel.backend.write('still here');
    await tunnel.client.waitFor('still here');
    expect(tunnel.proxy.ends).toEqual([]);
    tunnel.backend.end();
    await tunnel.client.waitForEnd();
    expect(await tunnel.proxy.ended(1)).toMatchObject([{ result: 'completed' }]);
    await nothingLeft(tunnel.proxy, tunnel.server);
  });

  it('passes on a reset by the client', async () => {
    await using tunnel = await openTunnel({ bareHandles });
    const failed = once(tunnel.backend, 'error');
    tunnel.client.reset();
    expect(await failed).toMatchObject([{ code: 'ECONNRESET' }]);
    expect(await tunnel.proxy.ended(1)).toMatchObject([
      { status: 101, result: 'aborted', errorCode: 'ERR_HTTP_TUNNEL_CLIENT_RESET' },
    ]);
    await nothingLeft(tunnel.proxy, tunnel.server);
  });

  it('passes on a reset by the backend', async () => {
    await using tunnel = await openTunnel({ bareHandles });
    tunnel.backend.resetAndDestroy();
    await expect(tunnel.client.waitForEnd()).rejects.toThrow('ECONNRESET');
    expect(await tunnel.proxy.ended(1)).toMatchObject([
      { status: 101, result: 'reset', errorCode: 'ERR_HTTP_TUNNEL_BACKEND_RESET' },
    ]);
    expect(tunnel.proxy.source.results).toEqual(['reset']);
    await nothingLeft(tunnel.proxy, tunnel.server);
  });

  it('is cut off where its connection to the backend is closed by the pool', async () => {
    await using tunnel = await openTunnel({ bareHandles });
    tunnel.proxy.source.closeLent();
    await expect(tunnel.client.waitForEnd()).rejects.toThrow('ECONNRESET');
    await nothingLeft(tunnel.proxy, tunnel.server);
  });

  it('knows no limit in time but its own, and starts that anew with every byte', async () => {
    await using tunnel = await openTunnel({ bareHandles });
    const { proxy, client, backend } = tunnel;
    await proxy.clock.advance(59_000);
    client.send('a');
    await until(() => tunnel.received() === 'a');
    await proxy.clock.advance(59_000);
    backend.write('b');
    await client.waitFor('\r\n\r\nb');
    await proxy.clock.advance(59_000);
    expect(proxy.listener.connections).toBe(1);
    await proxy.clock.advance(1200);
    await expect(client.waitForEnd()).rejects.toThrow('ECONNRESET');
    expect(await proxy.ended(1)).toMatchObject([{ result: 'timeout', errorCode: 'ERR_HTTP_TUNNEL_TIMEOUT' }]);
    await nothingLeft(proxy, tunnel.server);
  });

  it('goes on for as long as its sides want to where there is no limit', async () => {
    await using tunnel = await openTunnel({ bareHandles, timeouts: { ...timeouts, tunnelMs: 0 } });
    await tunnel.proxy.clock.advance(200_000);
    tunnel.client.send('a');
    await until(() => tunnel.received() === 'a');
  });

  it('ends where one side has ended and the other one is dead', async () => {
    await using tunnel = await openTunnel({ bareHandles });
    tunnel.backend.pause();
    tunnel.client.end();
    await once(tunnel.client.socket, 'finish');
    await settled(() => tunnel.proxy.listener.connections);
    await tunnel.proxy.clock.advance(30_200);
    expect(await tunnel.proxy.ended(1)).toMatchObject([
      { result: 'timeout', errorCode: 'ERR_HTTP_TUNNEL_FIN_TIMEOUT' },
    ]);
    // It has had its end already, and hears of nothing after that.
    tunnel.backend.destroy();
    await nothingLeft(tunnel.proxy, tunnel.server);
  });

  it('ends where one side takes nothing any more', async () => {
    await using tunnel = await openTunnel({ bareHandles });
    tunnel.client.socket.pause();
    tunnel.backend.write(Buffer.alloc(30_000_000));
    expect(await settled(() => tunnel.backend.writableLength)).toBeGreaterThan(0);
    await tunnel.proxy.clock.advance(60_200);
    expect(await tunnel.proxy.ended(1)).toMatchObject([{ errorCode: 'ERR_HTTP_TUNNEL_TIMEOUT' }]);
    tunnel.client.socket.resume();
    await nothingLeft(tunnel.proxy, tunnel.server);
  });

  it('reads neither side faster than the other one takes it, and loses nothing', async () => {
    await using tunnel = await openTunnel({ bareHandles });
    const { client, backend, proxy } = tunnel;
    const bytes = Buffer.alloc(20_000_000, createHash('sha512').update(`${bareHandles}`).digest());
    const before = client.bytes.length;
    client.socket.pause();
    backend.write(bytes);
    expect(await settled(() => backend.writableLength)).toBeGreaterThan(0);
    expect(proxy.buffers.leased).toBeLessThanOrEqual(8);
    client.socket.resume();
    backend.end();
    await client.waitForEnd();
    expect(client.bytes.subarray(before).equals(bytes)).toBe(true);
    client.end();
    expect(await proxy.ended(1)).toMatchObject([{ bytesOut: bytes.length, result: 'completed' }]);
    await nothingLeft(proxy, tunnel.server);
  });

  it('goes on while its listener drains, until it ends by itself', async () => {
    await using tunnel = await openTunnel({ bareHandles });
    const drained = tunnel.proxy.listener.drain({ signal: new AbortController().signal });
    await expect(tunnel.proxy.connect()).rejects.toThrow('ECONNREFUSED');
    tunnel.client.send('a');
    await until(() => tunnel.received() === 'a');
    expect(tunnel.proxy.listener.connections).toBe(1);
    tunnel.backend.end();
    await tunnel.client.waitForEnd();
    tunnel.client.end();
    await drained;
    expect(tunnel.proxy.ends).toMatchObject([{ result: 'completed' }]);
  });

  it('is cut off where the time to drain is over', async () => {
    await using tunnel = await openTunnel({ bareHandles });
    const deadline = new AbortController();
    const drained = tunnel.proxy.listener.drain({ signal: deadline.signal });
    await settled(() => tunnel.proxy.listener.connections);
    expect(tunnel.proxy.listener.connections).toBe(1);
    deadline.abort();
    await expect(tunnel.client.waitForEnd()).rejects.toThrow('ECONNRESET');
    await drained;
    expect(tunnel.proxy.ends).toMatchObject([{ result: 'aborted', errorCode: 'ERR_HTTP_TUNNEL_ABORTED' }]);
    await nothingLeft(tunnel.proxy, tunnel.server);
  });

  it('opens although its listener drains by then', async () => {
    const accepted: Socket[] = [];
    await using server = await startRawServer((socket) => void accepted.push(socket));
    await using proxy = await proxied(server, { bareHandles });
    const client = await proxy.connect();
    client.send(UPGRADE);
    await until(() => accepted[0] !== undefined);
    const drained = proxy.listener.drain({ signal: new AbortController().signal });
    accepted[0]?.end(`${switching()}hello`);
    accepted[0]?.resume();
    expect(await client.waitForEnd()).toMatch(/^HTTP\/1\.1 101 [^]*\r\n\r\nhello$/);
    client.end();
    await drained;
  });
});
