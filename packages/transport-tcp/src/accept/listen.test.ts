import { once } from 'node:events';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Address, Observer } from '@millpond/contracts';
import { ManualClock } from '@millpond/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deferred } from '../../test/deferred.ts';
import { connectPlain, listenForTest, LOOPBACK, READ_PATHS } from '../../test/loopback.ts';
import { leaveSocketFile } from '../../test/socket-file.ts';
import type { FastSocket } from '../socket/fast-socket.ts';
import type { OpenPort } from './listen.ts';

/** Keeps the delays of the retries that are reported, and says when there have been `count`. */
class Retries implements Observer {
  readonly delays: number[] = [];
  readonly addresses: string[] = [];
  readonly errors: unknown[] = [];
  readonly seen: Promise<void>;
  readonly listenRetried: NonNullable<Observer['listenRetried']>;

  constructor(count: number) {
    const { promise, resolve } = deferred();
    this.seen = promise;
    this.listenRetried = (address, error, delayMs) => {
      this.addresses.push(address);
      this.errors.push(error);
      if (this.delays.push(delayMs) === count) resolve();
    };
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A client that is on its way; that the port closes under it is no fault. */
function connectNow(address: Address): Socket {
  return connect({ ...address, allowHalfOpen: true }).on('error', () => undefined);
}

describe('listen', () => {
  it('knows the real port where any is asked for', async () => {
    const port = await listenForTest();
    expect(port.address).toMatchObject({ host: '127.0.0.1', port: expect.any(Number) });
    expect('port' in port.address && port.address.port).toBeGreaterThan(0);
    await port.close();
  });

  it('frees the port at once, and what is connected goes on', async () => {
    const accepted: FastSocket[] = [];
    const port = await listenForTest({ onConnection: (socket) => void accepted.push(socket) });
    const client = await connectPlain(port.address);
    const other = await connectPlain(port.address);
    while (accepted.length < 2) {
      await new Promise(setImmediate);
    }
    await port.close();
    const again = await listenForTest({ address: port.address });
    accepted[0]?.write('still here');
    const [data] = await once(client, 'data');
    expect(String(data)).toBe('still here');
    await again.close();
    for (const socket of accepted) socket.destroy();
    client.destroy();
    other.destroy();
  });

  it('hands over all that was accepted before it is closed, and nothing afterwards', async () => {
    for (let turns = 0; turns < 20; turns++) {
      const accepted: FastSocket[] = [];
      const port = await listenForTest({ onConnection: (socket) => void accepted.push(socket) });
      const clients = Array.from({ length: 10 }, () => connectNow(port.address));
      for (let turn = 0; turn < turns; turn++) await nextTurn();
      await port.close();
      const atClose = accepted.length;
      for (let turn = 0; turn < 10; turn++) await nextTurn();
      expect(accepted).toHaveLength(atClose);
      for (const socket of accepted) socket.destroy();
      for (const client of clients) client.destroy();
    }
  });

  it('waits for a busy port, twice as long each time up to a limit, and says so', async () => {
    const blocker = await listenForTest();
    const clock = new ManualClock();
    const observer = new Retries(8);
    const waiting = listenForTest({
      address: blocker.address,
      clock,
      random: () => 1,
      observer,
    });
    await advanceUntil(observer.seen, clock);
    expect(observer.delays).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    expect(observer.addresses[0]).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(observer.errors[0]).toMatchObject({ code: 'EADDRINUSE' });
    await blocker.close();
    const port = await advanceUntil(waiting, clock);
    expect(port.address).toEqual(blocker.address);
    await port.close();
    expect(clock.pending).toBe(0);
  });

  it('spreads the attempts of several that wait', async () => {
    const blocker = await listenForTest();
    const clock = new ManualClock();
    const controller = new AbortController();
    const observer = new Retries(1);
    const waiting = listenForTest({
      address: blocker.address,
      clock,
      random: () => 0,
      signal: controller.signal,
      observer,
    });
    await observer.seen;
    expect(observer.delays).toEqual([50]);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await blocker.close();
  });

  it('gives up waiting when its signal aborts, and leaves no timer behind', async () => {
    const blocker = await listenForTest();
    const clock = new ManualClock();
    const controller = new AbortController();
    const observer = new Retries(1);
    const waiting = listenForTest({
      address: blocker.address,
      clock,
      signal: controller.signal,
      observer,
    });
    await observer.seen;
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(clock.pending).toBe(0);
    await blocker.close();
  });

  it('does not listen when its signal has aborted', async () => {
    const reason = new Error('enough');
    await expect(listenForTest({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('rejects at once an address that is not of this machine, and says what to do', async () => {
    await expect(listenForTest({ address: { host: '203.0.113.1', port: 0 } })).rejects.toMatchObject({
      code: 'ERR_TCP_LISTEN_FAILED',
      message: expect.stringMatching(/203\.0\.113\.1:0: .*EADDRNOTAVAIL.* Name an address of this machine/),
      cause: { code: 'EADDRNOTAVAIL' },
    });
  });

  it('rejects a port that is none', async () => {
    await expect(listenForTest({ address: { host: '127.0.0.1', port: 70_000 } })).rejects.toMatchObject({
      code: 'ERR_TCP_LISTEN_FAILED',
    });
  });

  it.each(READ_PATHS)('hands over paused sockets that are read by $path', async ({ bareHandles }) => {
    let port: OpenPort | undefined;
    const socket = await new Promise<FastSocket>((resolve, reject) => {
      listenForTest({ address: LOOPBACK, bareHandles, onConnection: resolve }).then((opened) => {
        port = opened;
        return connectPlain(opened.address);
      }, reject);
    });
    expect(socket.remoteAddress).toBe('127.0.0.1');
    socket.destroy();
    await port?.close();
  });
});

describe('listen on a UNIX socket', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'listen-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('removes the file when it closes', async () => {
    const path = join(folder, 'tidy');
    const port = await listenForTest({ address: { path } });
    expect(port.address).toEqual({ path });
    await access(path);
    await port.close();
    await expect(access(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('takes the place of a socket that nobody listens on any more', async () => {
    const path = join(folder, 'stale');
    await leaveSocketFile(path);
    await access(path);
    const accepted = deferred<FastSocket>();
    const port = await listenForTest({ address: { path }, onConnection: accepted.resolve });
    expect(port.address).toEqual({ path });
    const client = await connectPlain(port.address);
    const socket = await accepted.promise;
    socket.write('here now');
    const [data] = await once(client, 'data');
    expect(String(data)).toBe('here now');
    socket.destroy();
    client.destroy();
    await port.close();
  });

  it('waits for one that is in use', async () => {
    const path = join(folder, 'busy');
    const server = createServer().listen(path);
    await once(server, 'listening');
    const clock = new ManualClock();
    const observer = new Retries(1);
    const waiting = listenForTest({
      address: { path },
      clock,
      observer,
    });
    await observer.seen;
    expect(observer.addresses).toEqual([`unix:${path}`]);
    expect(observer.errors).toMatchObject([{ code: 'EADDRINUSE' }]);
    server.close();
    const port = await advanceUntil(waiting, clock);
    expect(port.address).toEqual({ path });
    await port.close();
  });

  it('touches no file that is not a socket', async () => {
    const path = join(folder, 'notes.txt');
    await writeFile(path, 'precious');
    await expect(listenForTest({ address: { path } })).rejects.toMatchObject({
      code: 'ERR_TCP_LISTEN_FAILED',
      message: expect.stringContaining('A file that is no socket is in the way'),
    });
    await access(path);
  });

  it('rejects a path in a folder that does not exist', async () => {
    await expect(listenForTest({ address: { path: join(folder, 'none', 's') } })).rejects.toMatchObject({
      code: 'ERR_TCP_LISTEN_FAILED',
    });
  });
});

/** Turns the clock second by second until `promise` is settled. */
async function advanceUntil<T>(promise: Promise<T>, clock: ManualClock): Promise<T> {
  const state = { isSettled: false };
  const settle = (): void => {
    state.isSettled = true;
  };
  promise.then(settle, settle);
  while (!state.isSettled) {
    await clock.advance(1000);
  }
  return promise;
}
