import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { startEchoServer } from '@millpond/testkit';
import { expect, it } from 'vitest';
import { Pool } from './index.ts';
import type { Factory, PoolObserver } from './index.ts';

function socketsTo(port: number): Factory<Socket> {
  return {
    create: async ({ signal, died }) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      await once(socket, 'connect', { signal });
      socket.once('close', died);
      return socket;
    },
    destroy: (socket) => void socket.destroy(),
    validate: (socket) => !socket.destroyed && socket.readable,
  };
}

/** Resolves when the pool has closed that many. */
function untilDestroyed(count: number): { readonly observer: PoolObserver; readonly done: Promise<void> } {
  const observer: PoolObserver = {};
  const done = new Promise<void>((resolve) => {
    let left = count;
    observer.destroyed = () => {
      left -= 1;
      if (left === 0) resolve();
    };
  });
  return { observer, done };
}

async function echo(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  const [data] = await once(socket, 'data');
  return String(data);
}

it('lends real sockets, no more than max at once, each to one borrower at a time', async () => {
  await using server = await startEchoServer();
  await using pool = new Pool(socketsTo(server.port), { max: 5 });
  const texts = Array.from({ length: 200 }, (_, i) => `message ${i}`);
  const answers = await Promise.all(texts.map((text) => pool.use((socket) => echo(socket, text))));
  expect(answers).toEqual(texts);
  expect(server.connections).toBe(5);
  expect(pool.stats()).toMatchObject({ created: 5, acquired: 200, idle: 5 });
});

it('drops idle sockets when their server ends, tells callers while it is away, and recovers when it is back', async () => {
  await using server = await startEchoServer();
  const { observer, done } = untilDestroyed(3);
  await using pool = new Pool(socketsTo(server.port), { max: 3 }, { observer });
  await pool.warm(3);
  await server.kill();
  await done;
  expect(pool.stats()).toMatchObject({ size: 0, destroyed: { died: 3 } });
  await expect(pool.acquire()).rejects.toMatchObject({
    code: 'ERR_POOL_CREATE_FAILED',
    cause: { code: 'ECONNREFUSED' },
  });

  await server.restart();
  expect(await pool.use((socket) => echo(socket, 'again'))).toBe('again');
});
