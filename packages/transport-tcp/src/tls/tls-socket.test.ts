import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { acceptedPair, READ_PATHS } from '../../test/loopback.ts';
import { Recorder } from '../../test/recorder.ts';
import { securePair } from '../../test/secure.ts';
import { tcpUnder } from './tls-socket.ts';

describe.each(READ_PATHS)('a socket that speaks TLS by $path', ({ bareHandles }) => {
  it('is not full after a short write, though OpenSSL has it still; it is full when much is pending', async () => {
    await using pair = await securePair({ bareHandles });
    const { socket, peer } = pair;
    peer.pause();
    socket.write('short');
    expect([socket.pending, socket.isFull]).toEqual([5, false]);
    socket.write(Buffer.alloc(8 * 1024 * 1024));
    expect(socket.isFull).toBe(true);
    const recorder = new Recorder();
    socket.handler = recorder;
    socket.notifyDrain();
    peer.resume();
    await recorder.until(({ drains }) => drains === 1);
    expect([socket.pending, socket.isFull]).toEqual([0, false]);
  });

  it('may be written to from a buffer that is used again at once', async () => {
    await using pair = await securePair({ bareHandles });
    const { socket, peer } = pair;
    const buffer = Buffer.alloc(20_000);
    for (const letter of 'abc') socket.writeBytes('', buffer.fill(letter), 0, buffer.length);
    socket.end();
    let received = '';
    for await (const chunk of peer) received += String(chunk);
    expect(received).toBe('abc'.replaceAll(/./g, (letter) => letter.repeat(20_000)));
  });

  it('tells its end, and reads on', async () => {
    await using pair = await securePair({ bareHandles });
    const { socket, peer } = pair;
    const recorder = new Recorder();
    socket.handler = recorder;
    socket.resume();
    socket.write('bye');
    socket.end();
    await once(peer.resume(), 'end');
    peer.end('and you');
    await recorder.until(({ ended, closed }) => ended && closed);
    expect([recorder.received, recorder.error]).toEqual(['and you', undefined]);
  });

  it('may answer who has ended', async () => {
    await using pair = await securePair({ bareHandles });
    const { socket, peer } = pair;
    const recorder = new Recorder();
    socket.handler = recorder;
    socket.resume();
    peer.end('question');
    await recorder.until(({ ended }) => ended);
    const answered = once(peer, 'data');
    await new Promise(setImmediate);
    expect(socket.writable).toBe(true);
    socket.write('answer');
    socket.end();
    expect([recorder.received, String(await answered)]).toEqual(['question', 'answer']);
  });

  it.each(['fresh', 'written to', 'with much pending', 'ended', 'drained and ended'])(
    'closes by a reset, %s',
    async (how) => {
      await using pair = await securePair({ bareHandles });
      const { socket, peer } = pair;
      const recorder = new Recorder();
      socket.handler = recorder;
      socket.resume();
      const errors: string[] = [];
      peer.on('error', (error: NodeJS.ErrnoException) => errors.push(String(error.code)));
      // It has read the session tickets by then: right behind bytes, Node's own socket takes a reset for an end.
      peer.write('hello');
      await recorder.until(({ received }) => received === 'hello');
      await new Promise(setImmediate);
      if (how !== 'fresh') socket.write('x');
      if (how === 'with much pending') socket.write(Buffer.alloc(10_000_000));
      if (how === 'drained and ended') {
        socket.notifyDrain();
        await recorder.until(({ drains }) => drains === 1);
      }
      if (how.endsWith('ended')) socket.end();
      socket.reset();
      await recorder.until(({ closed }) => closed);
      peer.resume().on('end', () => peer.end());
      if (!peer.closed) await new Promise((resolve) => peer.once('close', resolve));
      if (how === 'fresh') expect(errors).toEqual(['ECONNRESET']);
      socket.reset();
    },
  );

  it('is closed by what is written to it when it has been reset, though it is paused', async () => {
    await using pair = await securePair({ bareHandles });
    const { socket, peer } = pair;
    const recorder = new Recorder();
    socket.handler = recorder;
    tcpUnder(peer)?.resetAndDestroy();
    while (!recorder.closed) {
      socket.write('x');
      await new Promise(setImmediate);
    }
    expect([socket.pending, socket.closed]).toEqual([0, true]);
    expect(recorder.error).toMatchObject({ code: expect.stringMatching(/^(ECONNRESET|EPIPE)$/) });
  });

  it('is told of a reset', async () => {
    await using pair = await securePair({ bareHandles });
    const { socket, peer } = pair;
    const recorder = new Recorder();
    socket.handler = recorder;
    socket.resume();
    peer.write('x');
    await recorder.until(({ received }) => received === 'x');
    tcpUnder(peer)?.resetAndDestroy();
    peer.destroy();
    await recorder.until(({ closed }) => closed);
  });
});

it('a plain socket has no other one underneath, and is full while anything is pending', async () => {
  await using pair = await acceptedPair();
  const { socket, peer } = pair;
  peer.pause();
  socket.write('short');
  expect([socket.encrypted, socket.pending, socket.isFull]).toEqual([false, 0, false]);
  while (socket.pending === 0) socket.write(Buffer.alloc(1024 * 1024));
  expect(socket.isFull).toBe(true);
});
