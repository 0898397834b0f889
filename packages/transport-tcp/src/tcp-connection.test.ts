import { describe, expect, it, vi } from 'vitest';
import { acceptedPair } from '../test/loopback.ts';
import { Recorder } from '../test/recorder.ts';
import { TcpConnection } from './tcp-connection.ts';

/** Resolves when the connection says that it has ended while idle. */
function idleClose(connection: TcpConnection): Promise<void> {
  return new Promise((resolve) => connection.onIdleClose(resolve));
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

  it('keeps what the backend says first, for the client', async () => {
    await using pair = await acceptedPair();
    const connection = new TcpConnection(pair.socket);
    // One turn of a dialogue later, the greeting has been read.
    pair.peer.write('220 ready\r\n');
    await new Promise((resolve) => pair.peer.write('', resolve));
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(connection.take()).toMatchObject({ early: '220 ready\r\n' });
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
