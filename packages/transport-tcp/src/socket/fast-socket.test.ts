import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { acceptedPair, fastPair, READ_PATHS } from '../../test/loopback.ts';
import { Recorder } from '../../test/recorder.ts';
import { ReadBuffers } from './read-buffers.ts';

/** More than the kernel takes while nobody reads. */
const TOO_MUCH = 'x'.repeat(16 * 1024 * 1024);

const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ family }) => family === 'IPv6'));

describe.each(READ_PATHS)('A fast socket that reads by $path', ({ bareHandles }) => {
  it('hands over what comes, then the end', async () => {
    await using pair = await acceptedPair({ bareHandles });
    const recorder = new Recorder();
    pair.socket.handler = recorder;
    pair.socket.resume();
    pair.peer.end('hello');
    await recorder.until(({ ended }) => ended);
    expect(recorder.received).toBe('hello');
  });

  it('reports the end where no byte ever came', async () => {
    await using pair = await acceptedPair({ bareHandles });
    const recorder = new Recorder();
    pair.socket.handler = recorder;
    pair.socket.resume();
    pair.peer.end();
    await recorder.until(({ ended }) => ended);
    expect(recorder.reads).toEqual([]);
  });

  it('reads nothing until it is resumed', async () => {
    await using pair = await acceptedPair({ bareHandles });
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
    await using pair = await acceptedPair({ bareHandles });
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
    await using pair = await acceptedPair({ bareHandles });
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
    await using pair = await acceptedPair({ bareHandles });
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
    await using pair = await acceptedPair({ bareHandles });
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
    await using pair = await acceptedPair({ bareHandles });
    const recorder = new Recorder();
    pair.socket.handler = recorder;
    pair.socket.resume();
    pair.peer.resetAndDestroy();
    await recorder.until(({ closed }) => closed);
    expect(recorder.error).toMatchObject({ code: 'ECONNRESET' });
  });

  it('takes an end for one, though what we sent to who had gone by then was answered with a reset', async () => {
    await using pair = await acceptedPair({ bareHandles });
    const recorder = new Recorder();
    pair.socket.handler = recorder;
    pair.peer.end('whole answer', () => pair.peer.destroy());
    await once(pair.peer, 'close');
    pair.socket.write('too late');
    pair.socket.resume();
    await recorder.until(({ ended }) => ended);
    expect(recorder.received).toBe('whole answer');
  });

  it('reports what the system says of a write to who has reset the connection', async () => {
    await using pair = await acceptedPair({ bareHandles });
    const recorder = new Recorder();
    pair.socket.handler = recorder;
    pair.peer.resetAndDestroy();
    await once(pair.peer, 'close');
    pair.socket.writeBytes('', Buffer.alloc(200_000), 0, 200_000);
    await recorder.until(({ closed }) => closed);
    expect(recorder.error).toMatchObject({ code: 'ECONNRESET', syscall: 'write' });
  });

  it('is closed by a reset, also while its end is under way', async () => {
    await using pair = await fastPair({ bareHandles });
    const [recorder, other] = [new Recorder(), new Recorder()];
    pair.socket.handler = recorder;
    pair.peer.handler = other;
    pair.socket.end();
    // It is sent at the end of the turn, and that takes until the next one.
    await new Promise(setImmediate);
    pair.socket.reset();
    await recorder.until(({ closed }) => closed);
    expect(recorder.error).toBeUndefined();
    pair.peer.resume();
    await other.until(({ ended, closed }) => ended || closed);
    // The system answers for a socket that is closed; one that is not would take it.
    while (!other.closed) {
      pair.peer.write('anybody there?');
      await new Promise(setImmediate);
    }
  });

  it('cuts off the other side by a reset, also while its own end waits behind unsent bytes', async () => {
    await using pair = await fastPair({ bareHandles });
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
    await using pair = await acceptedPair({ bareHandles });
    const recorder = new Recorder();
    pair.socket.handler = recorder;
    pair.socket.write('last');
    pair.socket.end();
    pair.socket.reset();
    await recorder.until(({ closed }) => closed);
    expect(recorder.error).toBeUndefined();
  });

  it('says once that it is closed, and not within the call that closes it, even if its end was due then', async () => {
    await using pair = await acceptedPair({ bareHandles });
    let closes = 0;
    const isTold = new Promise<void>((resolve) => {
      pair.socket.handler = Object.assign(new Recorder(), {
        onClose: () => {
          closes++;
          resolve();
        },
      });
    });
    const hasEnded = once(pair.peer.resume(), 'end');
    pair.socket.end();
    pair.socket.destroy();
    expect(closes).toBe(0);
    await Promise.all([isTold, hasEnded]);
    expect(closes).toBe(1);
  });

  it('says nothing of bytes or an end after it was destroyed', async () => {
    await using pair = await acceptedPair({ bareHandles });
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

  it.runIf(hasIpv6)('shows the IPv4 address of a client that came in on an IPv6 socket', async () => {
    await using pair = await acceptedPair({ bareHandles, address: { host: '::ffff:127.0.0.1', port: 0 } });
    expect(pair.socket.remoteAddress).toBe('127.0.0.1');
  });

  it('works on UNIX sockets, which have no reset', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fast-socket-'));
    await using pair = await acceptedPair({ bareHandles, address: { path: join(folder, 's') } });
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

  it.each([
    ['at once', (end: () => void) => end()],
    ['in a promise', (end: () => void) => void Promise.resolve().then(end)],
    ['in the next tick', (end: () => void) => process.nextTick(end)],
  ])('does so also where our side is ended %s when they come', async (_when, later) => {
    await using pair = await acceptedPair();
    const recorder = new Recorder();
    recorder.onData = () => {
      later(() => pair.socket.end());
      return true;
    };
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

describe('What is written from a buffer that is used for others afterwards', () => {
  it('is not copied where the kernel takes it whole', async () => {
    const buffers = new ReadBuffers();
    await using pair = await acceptedPair({ buffers });
    pair.socket.writeBytes('head ', Buffer.from('.....body'), 5, 9);
    expect([pair.socket.pending, buffers.leased]).toEqual([0, 0]);
    const [received] = await once(pair.peer, 'data');
    expect(String(received)).toBe('head body');
  });

  it.each([
    ['a head that fits before it', 4096, 1],
    ['a longer one', 4097, 2],
  ])('goes out with %s, where it was read by all', async (_what, length, writes) => {
    const buffers = new ReadBuffers();
    await using pair = await acceptedPair({ buffers });
    buffers.shared.write('body');
    pair.socket.writeBytes('h'.repeat(length), buffers.shared, 0, 4);
    expect(pair.socket.writes).toBe(writes);
    let received = '';
    pair.peer.on('data', (chunk: Buffer) => (received += chunk.toString()));
    pair.socket.end();
    await once(pair.peer, 'end');
    expect(received).toBe(`${'h'.repeat(length)}body`);
  });

  it('stays as it was, whatever is read meanwhile, and gives its copy back when it is out', async () => {
    const buffers = new ReadBuffers();
    await using pair = await acceptedPair({ buffers });
    pair.socket.write(TOO_MUCH);
    const { length } = buffers.shared.fill('a');
    pair.socket.writeBytes('head', buffers.shared, 0, length);
    buffers.shared.fill('b');
    // One more for the head.
    expect(buffers.leased).toBe(length / 65_536 + 1);
    let tail = '';
    pair.peer.on('data', (chunk: Buffer) => (tail = (tail + chunk.toString('latin1')).slice(-length - 4)));
    pair.socket.end();
    await once(pair.peer, 'end');
    expect(tail === `head${'a'.repeat(length)}`).toBe(true);
    expect(buffers.leased).toBe(0);
  });

  it('is forgotten with its socket', async () => {
    const buffers = new ReadBuffers();
    await using pair = await acceptedPair({ buffers });
    pair.socket.write(TOO_MUCH);
    pair.socket.writeBytes('', buffers.shared, 0, 100_000);
    expect(buffers.leased).toBe(2);
    const recorder = new Recorder();
    pair.socket.handler = recorder;
    pair.socket.destroy();
    await recorder.until(({ closed }) => closed);
    expect(buffers.leased).toBe(0);
  });
});

it('Reads are short while many do not take what they are sent', () => {
  const buffers = new ReadBuffers();
  const kept: Buffer[] = [];
  while (buffers.readable === buffers.shared) kept.push(...buffers.setAside(buffers.shared, 0, buffers.shared.length));
  expect(kept.length * 65_536).toBe(16 * 1024 * 1024);
  expect(buffers.readable.length).toBe(65_536);
  expect(buffers.readable.buffer).toBe(buffers.shared.buffer);
  buffers.give(kept);
  expect(buffers.readable).toBe(buffers.shared);
});
