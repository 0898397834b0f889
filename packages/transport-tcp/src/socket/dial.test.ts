import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEchoServer } from '@millpond/testkit';
import { describe, expect, it } from 'vitest';
import { fullBacklog } from '../../test/full-backlog.ts';
import { listenForTest } from '../../test/loopback.ts';
import { Recorder } from '../../test/recorder.ts';
import { formatAddress } from '../format-address.ts';
import { dial } from './dial.ts';
import { ReadBuffers } from './read-buffers.ts';

const buffers = new ReadBuffers();

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return address !== null && typeof address === 'object' ? address.port : 0;
}

describe('dial', () => {
  it('connects, and the socket carries bytes both ways', async () => {
    await using server = await startEchoServer();
    const socket = await dial(buffers, server.address);
    const recorder = new Recorder();
    socket.handler = recorder;
    socket.resume();
    socket.write('hello');
    await recorder.until(({ received }) => received === 'hello');
    socket.end();
    await recorder.until(({ closed }) => closed);
    expect(recorder.ended).toBe(true);
  });

  it('connects to UNIX sockets', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dial-'));
    const port = await listenForTest({
      address: { path: join(folder, 's') },
      onConnection: (socket) => {
        socket.write('hello');
        socket.end();
      },
    });
    const socket = await dial(buffers, port.address);
    const recorder = new Recorder();
    socket.handler = recorder;
    socket.resume();
    await recorder.until(({ ended }) => ended);
    expect(recorder.received).toBe('hello');
    socket.destroy();
    await port.close();
    await rm(folder, { recursive: true });
  });

  it('reads nothing until it is resumed', async () => {
    const port = await listenForTest({
      onConnection: (socket) => {
        socket.write('banner');
        socket.end();
      },
    });
    const socket = await dial(buffers, port.address);
    const recorder = new Recorder();
    socket.handler = recorder;
    await port.close();
    expect(recorder.received).toBe('');
    socket.resume();
    await recorder.until(({ received }) => received === 'banner');
    socket.destroy();
  });

  it('rejects where nobody listens, with the reason of the system', async () => {
    const port = await closedPort();
    await expect(dial(buffers, { host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'ERR_TCP_CONNECT_FAILED',
      message: expect.stringContaining(`Cannot connect to 127.0.0.1:${port}: connect ECONNREFUSED`),
      cause: { code: 'ECONNREFUSED' },
    });
  });

  it('names the reason also where a name has several addresses', async () => {
    const port = await closedPort();
    await expect(dial(buffers, { host: 'localhost', port })).rejects.toMatchObject({
      code: 'ERR_TCP_CONNECT_FAILED',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it.each([65_536, -1, 1.5])('refuses what is no port: %d', async (port) => {
    await expect(dial(buffers, { host: '127.0.0.1', port })).rejects.toMatchObject({ code: 'ERR_SOCKET_BAD_PORT' });
  });

  it('gives up after its time-out', async () => {
    await using blackhole = await fullBacklog();
    await expect(dial(buffers, blackhole.address, { timeoutMs: 20 })).rejects.toMatchObject({
      code: 'ERR_TCP_CONNECT_TIMEOUT',
      message: expect.stringContaining('within 20 ms'),
    });
  });

  it('gives up when its signal aborts, with its reason', async () => {
    await using blackhole = await fullBacklog();
    const controller = new AbortController();
    const dialled = dial(buffers, blackhole.address, { signal: controller.signal });
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(dialled).rejects.toBe(reason);
  });

  it('does not even begin when its signal has aborted', async () => {
    const reason = new Error('enough');
    const dialled = dial(buffers, { host: '127.0.0.1', port: 1 }, { signal: AbortSignal.abort(reason) });
    await expect(dialled).rejects.toBe(reason);
  });

  it('is not touched by a signal that aborts after it is connected', async () => {
    await using server = await startEchoServer();
    const controller = new AbortController();
    const socket = await dial(buffers, server.address, { signal: controller.signal });
    controller.abort();
    expect(socket.destroyed).toBe(false);
    socket.destroy();
  });
});

describe('formatAddress', () => {
  it('writes addresses as people do', () => {
    expect(formatAddress({ host: '127.0.0.1', port: 80 })).toBe('127.0.0.1:80');
    expect(formatAddress({ host: '::1', port: 80 })).toBe('[::1]:80');
    expect(formatAddress({ path: '/run/s' })).toBe('unix:/run/s');
  });
});
