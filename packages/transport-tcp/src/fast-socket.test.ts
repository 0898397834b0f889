import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deferred } from '../test/deferred.ts';
import { acceptedPair, fastPair, READ_PATHS, type Pair } from '../test/loopback.ts';
import { Recorder } from '../test/recorder.ts';
import { ReadBuffers } from './read-buffers.ts';

/** More than the kernel takes while nobody reads. */
const TOO_MUCH = 'x'.repeat(16 * 1024 * 1024);

const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ family }) => family === 'IPv6'));

/** Does something while the socket's handler is told of a read. @returns what was read into */
async function whileRead({ socket, peer }: Pair<Socket>, act: () => void): Promise<Buffer> {
  const { promise, resolve } = deferred<Buffer>();
  const recorder = new Recorder();
  recorder.onData = (buffer) => {
    act();
    resolve(buffer);
    return true;
  };
  socket.handler = recorder;
  socket.resume();
  peer.write('x');
  return promise;
}

describe.each(READ_PATHS)('A fast socket that reads by $path', ({ onread }) => {
  it('hands over what comes, then the end', async () => {
    await using pair = await acceptedPair({ onread });
    const recorder = new Recorder();
    pair.socket.handler = recorder;
    pair.socket.resume();
    pair.peer.end('hello');
    await recorder.until(({ ended }) => ended);
    expect(recorder.received).toBe('hello');
  });

  it('reports the end where no byte ever came', async () => {
    await using pair = await acceptedPair({ onread });
    const recorder = new Recorder();
    pair.socket.handler = recorder;
    pair.socket.resume();
    pair.peer.end();
    await recorder.until(({ ended }) => ended);
    expect(recorder.reads).toEqual([]);
  });

  it('reads nothing until it is resumed', async () => {
    await using pair = await acceptedPair({ onread });
    const recorder = new Recorder();
    pair.socket.handler = recorder;
    pair.peer.write('early');
    pair.socket.write('ping');
    await once(pair.peer, 'data');
    expect(recorder.reads).toEqual([]);
    pair.socket.resume();
    await recorder.until(({ received }) => received === 'early');
  });

  it('stops reading when the handler says so, and goes on when it is resumed', async () => {
    await using pair = await acceptedPair({ onread });
    const recorder = new Recorder();
    recorder.goesOn = false;
    pair.socket.handler = recorder;
    pair.socket.resume();
    pair.peer.write('one');
    await recorder.until(({ reads }) => reads.length === 1);
    pair.peer.write('two');
    pair.socket.write('ping');
    await once(pair.peer, 'data');
    expect(recorder.received).toBe('one');
    pair.socket.resume();
    await recorder.until(({ received }) => received === 'onetwo');
  });

  it('still sends after the other side has ended', async () => {
    await using pair = await acceptedPair({ onread });
    const recorder = new Recorder();
    pair.socket.handler = recorder;
    pair.socket.resume();
    pair.peer.end('question');
    await recorder.until(({ ended }) => ended);
    pair.socket.write('answer');
    pair.socket.end();
    const [answer] = await once(pair.peer, 'data');
    expect(String(answer)).toBe('answer');
    await recorder.until(({ closed }) => closed);
    expect(recorder.error).toBeUndefined();
  });

  it('says when everything it wrote has been taken', async () => {
    await using pair = await acceptedPair({ onread });
    const recorder = new Recorder();
    pair.socket.handler = recorder;
    pair.socket.write(TOO_MUCH);
    expect(pair.socket.pending).toBeGreaterThan(0);
    pair.socket.notifyDrain();
    pair.socket.notifyDrain();
    pair.peer.resume();
    await recorder.until(({ drains }) => drains > 0);
    expect(pair.socket.pending).toBe(0);
    expect(recorder.drains).toBe(1);
  });

  it('is not harmed by being asked for a drain after its end', async () => {
    await using pair = await acceptedPair({ onread });
    const recorder = new Recorder();
    pair.socket.handler = recorder;
    pair.socket.resume();
    pair.socket.write('last');
    pair.socket.end();
    pair.socket.notifyDrain();
    pair.peer.resume();
    await once(pair.peer, 'end');
    pair.peer.end();
    await recorder.until(({ closed }) => closed);
    expect(recorder.error).toBeUndefined();
  });

  it('reports a reset by the other side', async () => {
    await using pair = await acceptedPair({ onread });
    const recorder = new Recorder();
    pair.socket.handler = recorder;
    pair.socket.resume();
    pair.peer.resetAndDestroy();
    await recorder.until(({ closed }) => closed);
    expect(recorder.error).toMatchObject({ code: 'ECONNRESET' });
  });

  it('cuts off the other side by a reset, also while its own end waits behind unsent bytes', async () => {
    await using pair = await fastPair({ onread });
    const recorder = new Recorder();
    pair.peer.handler = recorder;
    pair.socket.write(TOO_MUCH);
    pair.socket.end();
    pair.socket.reset();
    pair.peer.resume();
    await recorder.until(({ closed }) => closed);
    expect(recorder.error).toMatchObject({ code: 'ECONNRESET' });
    expect(recorder.ended).toBe(false);
  });

  it('closes when it is reset while its end is on the way', async () => {
    await using pair = await acceptedPair({ onread });
    const recorder = new Recorder();
    pair.socket.handler = recorder;
    pair.socket.write('last');
    pair.socket.end();
    pair.socket.reset();
    await recorder.until(({ closed }) => closed);
    expect(recorder.error).toBeUndefined();
  });

  it('says nothing of bytes or an end after it was destroyed', async () => {
    await using pair = await acceptedPair({ onread });
    const recorder = new Recorder();
    recorder.onData = (_buffer, length) => {
      recorder.reads.push(length);
      pair.socket.destroy();
      return true;
    };
    pair.socket.handler = recorder;
    pair.peer.end('y'.repeat(300_000));
    await once(pair.peer, 'finish');
    pair.socket.resume();
    await recorder.until(({ closed }) => closed);
    expect(recorder.reads).toHaveLength(1);
    expect(recorder.ended).toBe(false);
  });

  it('gives its buffer back when it closes', async () => {
    const buffers = new ReadBuffers();
    await using pair = await acceptedPair({ onread, buffers });
    const recorder = new Recorder();
    pair.socket.handler = recorder;
    pair.socket.useOwnBuffer();
    pair.socket.destroy();
    await recorder.until(({ closed }) => closed);
    expect(buffers.leased).toBe(0);
  });

  it.runIf(hasIpv6)('shows the IPv4 address of a client that came in on an IPv6 socket', async () => {
    await using pair = await acceptedPair({ onread, address: { host: '::ffff:127.0.0.1', port: 0 } });
    expect(pair.socket.remoteAddress).toBe('127.0.0.1');
  });

  it('works on UNIX sockets, which have no reset', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fast-socket-'));
    await using pair = await acceptedPair({ onread, address: { path: join(folder, 's') } });
    const recorder = new Recorder();
    pair.socket.handler = recorder;
    pair.socket.resume();
    pair.peer.write('hello');
    await recorder.until(({ received }) => received === 'hello');
    expect(pair.socket.remoteAddress).toBe('');
    pair.socket.reset();
    await recorder.until(({ closed }) => closed);
    await rm(folder, { recursive: true });
  });
});

describe('A fast socket', () => {
  it('stays paused when it is paused right after being resumed', async () => {
    await using pair = await fastPair();
    const [dialled, accepted] = [new Recorder(), new Recorder()];
    pair.peer.handler = dialled;
    pair.socket.handler = accepted;
    pair.peer.resume();
    pair.peer.pause();
    pair.socket.write('early');
    pair.socket.resume();
    pair.peer.write('ping');
    await accepted.until(({ received }) => received === 'ping');
    expect(dialled.received).toBe('');
    pair.peer.resume();
    await dialled.until(({ received }) => received === 'early');
  });

  it('takes a reset for one even where bytes come before it', async () => {
    await using pair = await acceptedPair();
    const recorder = new Recorder();
    pair.socket.handler = recorder;
    pair.peer.write('some');
    pair.peer.resetAndDestroy();
    await once(pair.peer, 'close');
    pair.socket.resume();
    await recorder.until(({ closed }) => closed);
    expect(recorder.error).toMatchObject({ code: 'ECONNRESET' });
    expect(recorder.ended).toBe(false);
  });
});

describe('A fast socket with a buffer of its own', () => {
  it('reads into it from the next read on, and into the shared one after it has dropped it', async () => {
    const buffers = new ReadBuffers();
    await using pair = await acceptedPair({ buffers });
    const readInto: Buffer[] = [];
    const recorder = new Recorder();
    recorder.onData = (buffer, length) => {
      readInto.push(buffer);
      if (readInto.length === 1) pair.socket.useOwnBuffer();
      if (readInto.length === 3) pair.socket.dropOwnBuffer();
      pair.socket.write(buffer.toString('latin1', 0, length));
      return true;
    };
    pair.socket.handler = recorder;
    pair.socket.resume();
    for (const text of ['1', '2', '3', '4']) {
      pair.peer.write(text);
      // oxlint-disable-next-line no-await-in-loop
      const [echo] = await once(pair.peer, 'data');
      expect(String(echo)).toBe(text);
    }
    expect(readInto.map((buffer) => buffer === buffers.shared)).toEqual([true, false, false, true]);
    expect(buffers.leased).toBe(0);
  });

  it('lends it to nobody else until a write from it is done', async () => {
    const buffers = new ReadBuffers();
    await using from = await acceptedPair({ buffers });
    await using to = await acceptedPair({ buffers });
    const own = buffers.take();
    buffers.give(own);
    to.socket.write(Buffer.from(TOO_MUCH));
    await whileRead(from, () => {
      from.socket.useOwnBuffer();
      from.socket.dropOwnBuffer(to.socket);
    });
    const other = buffers.take();
    expect(other).not.toBe(own);
    buffers.give(other);
    expect(buffers.leased).toBe(1);
    const recorder = new Recorder();
    to.socket.handler = recorder;
    to.socket.notifyDrain();
    to.peer.resume();
    await recorder.until(({ drains }) => drains === 1);
    expect(buffers.leased).toBe(0);
  });

  it('never lends it again when it closes, for a write from it may be pending elsewhere', async () => {
    const buffers = new ReadBuffers();
    await using pair = await acceptedPair({ buffers });
    const own = buffers.take();
    buffers.give(own);
    const recorder = new Recorder();
    pair.socket.handler = recorder;
    pair.socket.useOwnBuffer();
    pair.socket.destroy();
    await recorder.until(({ closed }) => closed);
    expect(buffers.take()).not.toBe(own);
  });

  it('keeps it when it is parked, and reads the next message into it', async () => {
    const buffers = new ReadBuffers();
    await using pair = await acceptedPair({ buffers });
    const readInto: Buffer[] = [];
    const recorder = new Recorder();
    recorder.onData = (buffer, length) => {
      readInto.push(buffer);
      if (readInto.length === 1) pair.socket.useOwnBuffer();
      else pair.socket.parkOwnBuffer();
      pair.socket.write(buffer.toString('latin1', 0, length));
      return true;
    };
    pair.socket.handler = recorder;
    pair.socket.resume();
    for (const text of ['1', '2', '3']) {
      pair.peer.write(text);
      // oxlint-disable-next-line no-await-in-loop
      await once(pair.peer, 'data');
    }
    expect(readInto[2]).toBe(readInto[1]);
    expect(buffers).toMatchObject({ leased: 0, parked: 1 });
    pair.socket.useOwnBuffer();
    expect(buffers).toMatchObject({ leased: 1, parked: 0 });
  });

  it('is not parked while a write from it is pending', async () => {
    const buffers = new ReadBuffers();
    await using from = await acceptedPair({ buffers });
    await using to = await acceptedPair({ buffers });
    to.socket.write(Buffer.from(TOO_MUCH));
    await whileRead(from, () => {
      from.socket.useOwnBuffer();
      from.socket.parkOwnBuffer(to.socket);
    });
    expect(buffers).toMatchObject({ leased: 1, parked: 0 });
  });

  it('is parked no longer when it is written from again, and that is pending', async () => {
    const buffers = new ReadBuffers();
    await using from = await acceptedPair({ buffers });
    await using to = await acceptedPair({ buffers });
    await whileRead(from, () => {
      from.socket.useOwnBuffer();
      from.socket.parkOwnBuffer();
    });
    to.socket.write(Buffer.from(TOO_MUCH));
    await whileRead(from, () => from.socket.parkOwnBuffer(to.socket));
    expect(buffers).toMatchObject({ leased: 1, parked: 0 });
  });

  it('is kept where it may be read into already: outside of what is told of a read', async () => {
    const buffers = new ReadBuffers();
    await using pair = await acceptedPair({ buffers });
    await whileRead(pair, () => pair.socket.useOwnBuffer());
    pair.socket.dropOwnBuffer();
    const other = buffers.take();
    const readInto = await whileRead(pair, () => pair.socket.dropOwnBuffer());
    expect(readInto).not.toBe(other);
    expect(readInto).not.toBe(buffers.shared);
    buffers.give(other);
    expect(buffers).toMatchObject({ leased: 0, parked: 0 });
  });

  it('is not parked where many are, and a parked one is forgotten with its socket', async () => {
    const buffers = new ReadBuffers();
    while (buffers.park());
    expect(buffers.parked).toBe(64);
    await using pair = await acceptedPair({ buffers });
    await whileRead(pair, () => {
      pair.socket.useOwnBuffer();
      pair.socket.parkOwnBuffer();
    });
    expect(buffers).toMatchObject({ leased: -64, parked: 64 });
    buffers.unpark();
    await whileRead(pair, () => {
      pair.socket.useOwnBuffer();
      pair.socket.parkOwnBuffer();
    });
    expect(buffers.parked).toBe(64);
    const recorder = new Recorder();
    pair.socket.handler = recorder;
    pair.socket.destroy();
    await recorder.until(({ closed }) => closed);
    expect(buffers).toMatchObject({ leased: -63, parked: 63 });
  });
});

describe('A copy that is written', () => {
  it('stays as it was, whatever is read meanwhile, and gives its buffer back when it is out', async () => {
    const buffers = new ReadBuffers();
    await using pair = await acceptedPair({ buffers });
    pair.socket.write(TOO_MUCH);
    const length = buffers.shared.fill('a').length;
    pair.socket.writeCopy('head', buffers.shared);
    buffers.shared.fill('b');
    buffers.take().fill('c');
    const recorder = new Recorder();
    pair.socket.handler = recorder;
    pair.socket.notifyDrain();
    let tail = '';
    pair.peer.on('data', (chunk: Buffer) => (tail = (tail + chunk.toString('latin1')).slice(-length - 4)));
    await recorder.until(({ drains }) => drains === 1);
    expect(buffers.leased).toBe(1);
    pair.socket.end();
    await once(pair.peer, 'end');
    expect(tail === `head${'a'.repeat(length)}`).toBe(true);
  });
});
