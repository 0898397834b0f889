import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { WebSocket, type ClientOptions, type RawData } from 'ws';
import { nothingLeft } from '../test/nothing-left.ts';
import { proxied, type Proxied } from '../test/proxied.ts';
import { READ_PATHS } from '../test/read-paths.ts';
import { until } from '../test/until.ts';
import { startWebSocketBackend } from '../test/web-socket-backend.ts';

function url({ listener: { address } }: Proxied): string {
  if ('path' in address) throw new Error('it has no port');
  return `ws://${address.host}:${address.port}/chat`;
}

/** A client of `ws` that is open. */
async function connected(proxy: Proxied, protocols: string[] = [], options: ClientOptions = {}): Promise<WebSocket> {
  const socket = new WebSocket(url(proxy), protocols, options);
  await once(socket, 'open');
  return socket;
}

/** The next message. */
async function message(socket: WebSocket): Promise<Buffer> {
  const [data]: RawData[] = await once(socket, 'message');
  if (!Buffer.isBuffer(data)) throw new Error('it came in another form');
  return data;
}

async function closed(socket: WebSocket): Promise<number> {
  const [code]: number[] = await once(socket, 'close');
  return code ?? 0;
}

function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe.each(READ_PATHS)('WebSocket through a proxy that reads by $path', ({ bareHandles }) => {
  it('carries text and bytes, and ends in order', async () => {
    await using backend = await startWebSocketBackend();
    await using proxy = await proxied(backend, { bareHandles });
    const socket = await connected(proxy);
    socket.send('grüß dich');
    expect((await message(socket)).toString()).toBe('grüß dich');
    socket.send(Buffer.from([0, 255, 13, 10, 13, 10]));
    expect([...(await message(socket))]).toEqual([0, 255, 13, 10, 13, 10]);
    socket.close(4000, 'done');
    expect(await closed(socket)).toBe(4000);
    const [end] = await proxy.ended(1);
    expect(end).toMatchObject({ status: 101, target: '/chat', result: 'completed', errorCode: undefined });
    // Each frame of a client has a mask of four bytes.
    expect((end?.bytesIn ?? 0) - (end?.bytesOut ?? 0)).toBe(12);
    expect(proxy.source.results).toEqual(['completed']);
    await nothingLeft(proxy, backend);
  });

  it('carries pings and pongs both ways', async () => {
    await using backend = await startWebSocketBackend({}, (socket) => {
      socket.on('ping', () => socket.ping('from the backend'));
      socket.on('pong', (data) => socket.send(`pong ${data.toString()}`));
    });
    await using proxy = await proxied(backend, { bareHandles });
    const socket = await connected(proxy);
    const ponged = once(socket, 'pong');
    const answered = message(socket);
    socket.ping('from the client');
    expect(String((await ponged)[0])).toBe('from the client');
    expect((await answered).toString()).toBe('pong from the backend');
    socket.terminate();
    await nothingLeft(proxy, backend);
  });

  it('carries messages in fragments', async () => {
    await using backend = await startWebSocketBackend();
    await using proxy = await proxied(backend, { bareHandles });
    const socket = await connected(proxy);
    const answered = message(socket);
    for (const part of ['one ', 'two ', 'three']) socket.send(part, { fin: part === 'three' });
    expect((await answered).toString()).toBe('one two three');
    socket.terminate();
    await nothingLeft(proxy, backend);
  });

  it.each([false, true])('carries messages of 1 MB both ways (permessage-deflate: %s)', async (perMessageDeflate) => {
    await using backend = await startWebSocketBackend({ perMessageDeflate });
    await using proxy = await proxied(backend, { bareHandles });
    const socket = await connected(proxy, [], { perMessageDeflate });
    expect(socket.extensions).toBe(perMessageDeflate ? 'permessage-deflate' : '');
    const messages = Array.from({ length: 4 }, () => randomBytes(1_000_000));
    const echoed: string[] = [];
    const allEchoed = new Promise<void>((resolve) => {
      socket.on('message', (data) => {
        if (Buffer.isBuffer(data)) echoed.push(hashOf(data));
        if (echoed.length === messages.length) resolve();
      });
    });
    for (const bytes of messages) socket.send(bytes);
    await allEchoed;
    expect(echoed).toEqual(messages.map(hashOf));
    socket.close();
    await closed(socket);
    await nothingLeft(proxy, backend);
  });

  it('agrees on a subprotocol', async () => {
    await using backend = await startWebSocketBackend({ handleProtocols: (offered) => [...offered][1] ?? false });
    await using proxy = await proxied(backend, { bareHandles });
    const socket = await connected(proxy, ['chat', 'mqtt']);
    expect(socket.protocol).toBe('mqtt');
    socket.terminate();
  });

  it('carries 200 at once, each its own', async () => {
    await using backend = await startWebSocketBackend();
    await using proxy = await proxied(backend, { bareHandles });
    const sockets = await Promise.all(Array.from({ length: 200 }, () => connected(proxy)));
    expect(proxy.source.lent).toBe(200);
    const answers = await Promise.all(
      sockets.map((socket, index) => {
        const answered = message(socket);
        socket.send(`${index} ${'x'.repeat(index * 100)}`);
        return answered;
      }),
    );
    expect(answers.map((answer) => parseInt(answer.toString(), 10))).toEqual(sockets.map((_, index) => index));
    expect(answers.map(({ length }) => length)).toEqual(sockets.map((_, index) => `${index} `.length + index * 100));
    await Promise.all(
      sockets.map((socket, index) => {
        if (index % 2 === 0) socket.close();
        else socket.terminate();
        return closed(socket);
      }),
    );
    await proxy.ended(200);
    await nothingLeft(proxy, backend);
  });

  it('is lost where the backend is killed under it', async () => {
    await using backend = await startWebSocketBackend();
    await using proxy = await proxied(backend, { bareHandles });
    const sockets = await Promise.all(Array.from({ length: 10 }, () => connected(proxy)));
    const lost = sockets.map(async (socket) => {
      socket.on('error', () => undefined);
      return closed(socket);
    });
    await backend.kill();
    expect(await Promise.all(lost)).toEqual(sockets.map(() => 1006));
    const ends = await proxy.ended(10);
    expect(new Set(ends.map(({ errorCode }) => errorCode))).toEqual(new Set(['ERR_HTTP_TUNNEL_BACKEND_RESET']));
    await nothingLeft(proxy, backend);
  });

  it('is lost to the backend where the client is killed, in the middle of a message', async () => {
    const codes: number[] = [];
    await using backend = await startWebSocketBackend({}, (socket) => socket.on('close', (code) => codes.push(code)));
    await using proxy = await proxied(backend, { bareHandles });
    const socket = await connected(proxy);
    socket.send(randomBytes(5_000_000));
    socket.terminate();
    await until(() => codes.length === 1);
    expect(codes).toEqual([1006]);
    await nothingLeft(proxy, backend);
  });

  it('may be refused', async () => {
    await using backend = await startWebSocketBackend({
      verifyClient: (_info: unknown, done: (ok: boolean, status: number, text: string) => void) =>
        done(false, 401, 'who are you?'),
    });
    await using proxy = await proxied(backend, { bareHandles });
    const socket = new WebSocket(url(proxy));
    const [error]: Error[] = await once(socket, 'error');
    expect(error?.message).toBe('Unexpected server response: 401');
    expect(await proxy.ended(1)).toMatchObject([{ status: 401, bytesOut: 12, result: 'completed' }]);
    await nothingLeft(proxy, backend);
  });
});
