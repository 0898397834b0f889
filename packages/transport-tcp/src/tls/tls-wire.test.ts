import { once } from 'node:events';
import type { TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { comesOutInOrder } from '../../test/in-order.ts';
import { Recorder } from '../../test/recorder.ts';
import type { Pair } from '../../test/loopback.ts';
import { securePair } from '../../test/secure.ts';
import { hasTlsHandles } from './tls-handle.ts';
import { tcpUnder } from './tls-socket.ts';

it('this Node.js has bare handles for TLS; else TLS is served by streams, which costs more', () => {
  expect(hasTlsHandles).toBe(true);
});

/** Writes texts of that length, each when the one before is over, until the kernel does not take one. */
async function untilStuck({ socket, peer }: Pair<TLSSocket>, length: number): Promise<void> {
  peer.pause();
  do {
    socket.write('x'.repeat(length));
    // Whoever writes while another write is under way would be asking for its end.
    await new Promise(setImmediate);
    await new Promise(setImmediate);
  } while (socket.pending === 0);
}

describe('A TLS connection on a bare handle', () => {
  it('delivers what is written in order, whatever the other side reads meanwhile', () =>
    comesOutInOrder(securePair, 40));

  it('joins what is written while a write is under way', async () => {
    await using pair = await securePair();
    const { socket, peer } = pair;
    let records = 0;
    let received = '';
    peer.on('data', (chunk: Buffer) => {
      records++;
      received += String(chunk);
    });
    const sent = Array.from({ length: 3000 }, (_, index) => `${index};`);
    for (const [index, text] of sent.entries()) socket.write(index % 2 === 0 ? text : Buffer.from(text));
    socket.end();
    await once(peer, 'end');
    expect(received).toBe(sent.join(''));
    // The first one alone, and the others in two.
    expect(records).toBeLessThan(10);
  });

  it('keeps what it had read when it is paused, and the end behind that', async () => {
    await using pair = await securePair();
    const recorder = new Recorder();
    recorder.goesOn = false;
    pair.socket.handler = recorder;
    const sent = 'abcdefgh'.repeat(40_000);
    pair.peer.end(sent);
    while (!recorder.ended) {
      const before = recorder.reads.length;
      pair.socket.resume();
      await recorder.until(({ reads, ended }) => ended || reads.length > before);
      await new Promise(setImmediate);
      expect(recorder.reads.length).toBeLessThanOrEqual(before + 1);
    }
    expect(recorder.received === sent).toBe(true);
  });

  it('may be paused and resumed while what it kept is handed out', async () => {
    await using pair = await securePair();
    const { socket, peer } = pair;
    const recorder = new Recorder();
    recorder.goesOn = false;
    socket.handler = recorder;
    socket.resume();
    const sent = 'abcdefgh'.repeat(40_000);
    peer.write(sent);
    await recorder.until(({ reads }) => reads.length === 1);
    // The rest of what was decrypted at once.
    await new Promise(setImmediate);
    recorder.goesOn = true;
    recorder.onData = (buffer, length) => {
      socket.pause();
      socket.resume();
      return Recorder.prototype.onData.call(recorder, buffer, length);
    };
    socket.resume();
    await recorder.until(({ received }) => received.length === sent.length);
    peer.end('and more');
    await recorder.until(({ ended, closed }) => ended || closed);
    expect([recorder.received === `${sent}and more`, recorder.error]).toEqual([true, undefined]);
  });

  it('gets all that was sent, though it ends when the first of it comes', async () => {
    await using pair = await securePair();
    const recorder = new Recorder();
    recorder.onData = (buffer, length) => {
      pair.socket.end();
      return Recorder.prototype.onData.call(recorder, buffer, length);
    };
    pair.socket.handler = recorder;
    const sent = 'abcdefgh'.repeat(8000);
    pair.peer.end(sent);
    pair.socket.resume();
    await recorder.until(({ closed }) => closed);
    expect([recorder.received.length, recorder.error]).toEqual([sent.length, undefined]);
  });

  it.each([10_000, 20_000_000])('notices that %i bytes are lost, though nobody reads or asks', async (length) => {
    await using pair = await securePair();
    const recorder = new Recorder();
    pair.socket.handler = recorder;
    await untilStuck(pair, length);
    tcpUnder(pair.peer)?.resetAndDestroy();
    await recorder.until(({ closed }) => closed);
    expect(recorder.error).toMatchObject({ syscall: 'write' });
  });

  it('is closed without an error by its owner, whatever is being written', async () => {
    await using pair = await securePair();
    const recorder = new Recorder();
    pair.socket.handler = recorder;
    await untilStuck(pair, 10_000);
    pair.socket.notifyDrain();
    pair.socket.destroy();
    await recorder.until(({ closed }) => closed);
    expect([recorder.error, recorder.drains]).toEqual([undefined, 0]);
  });

  it('tells of a drain behind what is over already, and behind what is not', async () => {
    await using pair = await securePair();
    const recorder = new Recorder();
    pair.socket.handler = recorder;
    for (const turns of [0, 3]) {
      pair.socket.write('hello');
      for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
      const before = recorder.drains;
      pair.socket.notifyDrain();
      await recorder.until(({ drains }) => drains === before + 1);
    }
  });

  it('counts what was queued until it is out, and no longer', async () => {
    await using pair = await securePair();
    const recorder = new Recorder();
    pair.socket.handler = recorder;
    pair.peer.resume();
    for (let round = 1; round <= 20; round++) {
      for (let count = 0; count < 5; count++) pair.socket.write('x'.repeat(2000));
      pair.socket.notifyDrain();
      await recorder.until(({ drains }) => drains === round);
    }
    pair.socket.write('x');
    expect([pair.socket.pending, pair.socket.isFull]).toEqual([1, false]);
  });

  it('is closed with the error of what is no TLS', async () => {
    await using pair = await securePair();
    const recorder = new Recorder();
    pair.socket.handler = recorder;
    pair.socket.resume();
    tcpUnder(pair.peer)?.write('this is no record of TLS, though it is long enough to be one');
    await recorder.until(({ closed }) => closed);
    expect(recorder.error).toMatchObject({ code: expect.stringMatching(/^ERR_SSL_/) });
  });
});
