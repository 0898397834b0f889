import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { comesOutInOrder } from '../../test/in-order.ts';
import { acceptedPair } from '../../test/loopback.ts';
import { Recorder } from '../../test/recorder.ts';
import { HandleWire } from './handle-wire.ts';
import { nodeHandles } from './node-handles.ts';
import { ReadBuffers } from './read-buffers.ts';

const EIO = -constants.errno.EIO;

describe('What is written to a bare handle', () => {
  it('comes out in order, whatever the other side reads meanwhile', () => comesOutInOrder(acceptedPair, 60));

  it('is counted as pending until it is out', async () => {
    await using pair = await acceptedPair();
    const recorder = new Recorder();
    pair.socket.handler = recorder;
    pair.socket.write('short');
    expect(pair.socket).toMatchObject({ pending: 0, isFull: false });
    pair.socket.write('x'.repeat(32 * 1024 * 1024));
    expect(pair.socket.pending).toBeGreaterThan(0);
    expect(pair.socket.isFull).toBe(true);
    pair.peer.resume();
    pair.socket.notifyDrain();
    await recorder.until(({ drains }) => drains === 1);
    expect(pair.socket).toMatchObject({ pending: 0, isFull: false });
  });

  it('closes its socket with the error where it cannot be written', async () => {
    await using pair = await acceptedPair();
    const recorder = new Recorder();
    pair.socket.handler = recorder;
    pair.socket.write('one');
    pair.socket.write('x'.repeat(32 * 1024 * 1024));
    pair.peer.resetAndDestroy();
    await recorder.until(({ closed }) => closed);
    expect(recorder.error).toMatchObject({ code: 'ECONNRESET' });
  });

  it('closes its socket only when what came before has been read, where the other side is gone', async () => {
    await using pair = await acceptedPair();
    const recorder = new Recorder();
    pair.socket.handler = recorder;
    pair.socket.resume();
    // In one turn: what is sent, the reset behind it, and a write that meets that.
    pair.peer.write('so that is why');
    pair.peer.resetAndDestroy();
    pair.socket.writeBytes('', Buffer.alloc(200_000), 0, 200_000);
    expect(pair.socket).toMatchObject({ writable: false, isFull: false, destroyed: false });
    pair.socket.write('more');
    await recorder.until(({ closed }) => closed);
    expect(recorder.received).toBe('so that is why');
    expect([recorder.ended, recorder.error]).toMatchObject([false, { code: 'ECONNRESET', syscall: 'write' }]);
  });

  it('is given back, all of it, where it cannot be written', async () => {
    const node = nodeHandles;
    if (node === undefined) throw new Error('there are no bare handles');
    const buffers = new ReadBuffers();
    const wire = new HandleWire(Object.assign(node.createTcp(), { writeBuffer: () => EIO }), buffers);
    const recorder = new Recorder();
    wire.handler = recorder;
    wire.writeBytes(Buffer.alloc(200_000), 0, 200_000);
    await recorder.until(({ closed }) => closed);
    expect(recorder.error).toMatchObject({ code: 'EIO' });
    expect(buffers.leased).toBe(0);
  });

  it('is not written once the socket has ended or is closed', async () => {
    await using pair = await acceptedPair();
    const recorder = new Recorder();
    pair.socket.handler = recorder;
    pair.socket.write('one');
    pair.socket.destroy();
    pair.socket.write('two');
    await recorder.until(({ closed }) => closed);
    pair.socket.write('three');
    expect(pair.socket.pending).toBe(0);
  });
});

describe('The end of a bare handle', () => {
  it('is told from a reset right behind bytes, however many are read at the same time', async () => {
    const pairs = await Promise.all(Array.from({ length: 24 }, () => acceptedPair()));
    const recorders = pairs.map(({ socket }) => {
      const recorder = new Recorder();
      socket.handler = recorder;
      socket.resume();
      return recorder;
    });
    for (const [index, { peer }] of pairs.entries()) {
      peer.write('bytes');
      if (index % 2 === 0) peer.resetAndDestroy();
      else peer.end();
    }
    await Promise.all(recorders.map((recorder) => recorder.until(({ ended, closed }) => ended || closed)));
    const isEven = (_: unknown, index: number): boolean => index % 2 === 0;
    expect(new Set(recorders.filter(isEven).map(({ ended, error }) => [ended, codeOf(error)].join()))).toEqual(
      new Set(['false,ECONNRESET']),
    );
    expect(recorders.filter((one, index) => !isEven(one, index)).every(({ ended }) => ended)).toBe(true);
    for (const pair of pairs) await pair[Symbol.asyncDispose]();
  });

  it('closes it, where the other side ends in the same turn', async () => {
    await using pair = await acceptedPair();
    const recorder = new Recorder();
    pair.socket.handler = recorder;
    pair.socket.resume();
    recorder.onEnd = () => {
      recorder.ended = true;
      pair.socket.write('last');
      pair.socket.end();
    };
    pair.peer.end('first');
    let received = '';
    for await (const chunk of pair.peer) received += String(chunk);
    await recorder.until(({ closed }) => closed);
    expect([received, recorder.received, recorder.error]).toEqual(['last', 'first', undefined]);
  });
});

function codeOf(error: Error | undefined): unknown {
  return error !== undefined && 'code' in error ? error.code : undefined;
}
