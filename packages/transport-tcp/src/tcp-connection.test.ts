import type { Socket } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { acceptedPair } from '../test/loopback.ts';
import { Recorder } from '../test/recorder.ts';
import { TcpConnection } from './tcp-connection.ts';

/** Resolves when the connection says that it has ended while idle. */
function idleClose(connection: TcpConnection): Promise<void> {
  return new Promise((resolve) => connection.onIdleClose(resolve));
}

/** One turn of a dialogue later, the greeting has been read. */
async function greet(peer: Socket): Promise<void> {
  peer.write('220 ready\r\n');
  await new Promise((resolve) => peer.write('', resolve));
  await new Promise(setImmediate);
  await new Promise(setImmediate);
}

describe('A TCP connection to a backend', () => {
  it('is for one client only', async () => {
    await using pair = await acceptedPair();
    const connection = new TcpConnection(pair.socket);
    expect([connection.capacity, connection.isReusable]).toEqual([1, true]);
    expect(connection.take()).toEqual({ socket: pair.socket, early: '' });
    expect(connection.isReusable).toBe(false);
    expect(connection.take()).toBeUndefined();
  });

  it('tells when the backend ends it while it is idle', async () => {
    await using pair = await acceptedPair();
    const connection = new TcpConnection(pair.socket);
    const told = idleClose(connection);
    pair.peer.end();
    await told;
    expect([connection.isReusable, pair.socket.destroyed]).toEqual([false, true]);
    expect(connection.take()).toBeUndefined();
  });

  it('tells when the backend resets it while it is idle', async () => {
    await using pair = await acceptedPair();
    const connection = new TcpConnection(pair.socket);
    const told = idleClose(connection);
    pair.peer.resetAndDestroy();
    await told;
    expect(connection.isReusable).toBe(false);
  });

  it('keeps what the backend says first, for the client, where servers speak first', async () => {
    await using pair = await acceptedPair();
    const connection = new TcpConnection(pair.socket, { serverSpeaksFirst: true });
    await greet(pair.peer);
    expect(connection.take()).toMatchObject({ early: '220 ready\r\n' });
  });

  it('ends when the backend speaks while it waits for a client, where clients speak first', async () => {
    await using pair = await acceptedPair();
    const connection = new TcpConnection(pair.socket);
    const told = idleClose(connection);
    await greet(pair.peer);
    await told;
    expect([connection.isReusable, pair.socket.destroyed]).toEqual([false, true]);
    expect(connection.take()).toBeUndefined();
  });

  it('has what the backend said first for a client that is there already', async () => {
    await using pair = await acceptedPair();
    const connection = new TcpConnection(pair.socket);
    const listener = vi.fn();
    connection.onIdleClose(listener);
    connection.onData(Buffer.from('220 ready\r\n'), 11);
    expect(connection.take()).toMatchObject({ early: '220 ready\r\n' });
    await new Promise(setImmediate);
    expect(listener).not.toHaveBeenCalled();
    expect(pair.socket.destroyed).toBe(false);
  });

  it('is no longer told of once it is taken', async () => {
    await using pair = await acceptedPair();
    const connection = new TcpConnection(pair.socket);
    const listener = vi.fn();
    connection.onIdleClose(listener);
    const recorder = new Recorder();
    const taken = connection.take();
    if (taken !== undefined) taken.socket.handler = recorder;
    pair.peer.resetAndDestroy();
    await recorder.until(({ closed }) => closed);
    expect(listener).not.toHaveBeenCalled();
  });

  it('is closed once, and says nothing of what its owner did', async () => {
    await using pair = await acceptedPair();
    const connection = new TcpConnection(pair.socket);
    const listener = vi.fn();
    connection.onIdleClose(listener);
    connection.close();
    connection.close();
    expect([connection.isReusable, pair.socket.destroyed]).toEqual([false, true]);
    await new Promise((resolve) => pair.peer.resume().once('close', resolve).end());
    expect(listener).not.toHaveBeenCalled();
  });
});

describe('A ping of an idle TCP connection', () => {
  const ping = { send: 'PING\r\n', expect: '+PONG\r\n' };
  const never = new AbortController().signal;

  /** Says these pieces, one after the other. */
  function answer(peer: Socket, ...pieces: readonly string[]): void {
    const [piece, ...others] = pieces;
    if (piece === undefined) return;
    peer.write(piece, () => setImmediate(answer, peer, ...others));
  }

  it('is answered, in whatever pieces, and nothing of the answer is left for the client', async () => {
    await using pair = await acceptedPair();
    const connection = new TcpConnection(pair.socket, { ping });
    pair.peer.once('data', () => answer(pair.peer, '+PO', 'NG\r', '\n'));
    await connection.ping(never);
    expect(connection.take()).toEqual({ socket: pair.socket, early: '' });
  });

  it('asks nothing where there is nothing to ask', async () => {
    await using pair = await acceptedPair();
    await expect(new TcpConnection(pair.socket).ping(never)).resolves.toBeUndefined();
  });

  it('fails when the backend ends the connection instead', async () => {
    await using pair = await acceptedPair();
    const connection = new TcpConnection(pair.socket, { ping });
    const told = idleClose(connection);
    pair.peer.once('data', () => pair.peer.end());
    await expect(connection.ping(never)).rejects.toMatchObject({ code: 'ERR_TCP_PING_FAILED' });
    await told;
  });

  it('fails when the backend says too much else', async () => {
    await using pair = await acceptedPair();
    const connection = new TcpConnection(pair.socket, { ping });
    pair.peer.once('data', () => answer(pair.peer, 'x'.repeat(70_000)));
    await expect(connection.ping(never)).rejects.toMatchObject({ code: 'ERR_TCP_PING_FAILED' });
  });

  it('ends with its signal', async () => {
    await using pair = await acceptedPair();
    const connection = new TcpConnection(pair.socket, { ping });
    const call = new AbortController();
    const asked = connection.ping(call.signal);
    call.abort(new Error('too late'));
    await expect(asked).rejects.toThrow('too late');
  });
});
