import { once } from 'node:events';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Recorder } from '../../test/recorder.ts';
import { securePair } from '../../test/secure.ts';
import { ReadBuffers } from '../socket/read-buffers.ts';
import { hasTlsHandles } from './tls-handle.ts';
import { tcpUnder } from './tls-socket.ts';

it('this Node.js has bare handles for TLS; else TLS is served by streams, which costs more', () => {
  expect(hasTlsHandles).toBe(true);
});

const step = fc.record({
  kind: fc.constantFrom('text', 'soon', 'bytes', 'lent', 'read', 'drain', 'turn'),
  size: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 400_000 })),
});

describe('A TLS connection on a bare handle', () => {
  it('delivers what is written in order, whatever the other side reads meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const buffers = new ReadBuffers();
        await using pair = await securePair({ buffers });
        const recorder = new Recorder();
        pair.socket.handler = recorder;
        let expected = '';
        let received = '';
        pair.peer.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
        pair.peer.pause();
        for (const [index, { kind, size }] of steps.entries()) {
          const text = String.fromCharCode(97 + index).repeat(size);
          if (kind === 'text') pair.socket.write(text);
          else if (kind === 'bytes') pair.socket.write(Buffer.from(text));
          else if (kind === 'soon') pair.socket.writeSoon(text);
          else if (kind === 'lent') {
            pair.socket.writeBytes('', buffers.shared, 0, buffers.shared.write(text, 'latin1'));
            buffers.shared.fill('!');
          } else if (kind === 'read') pair.peer.resume();
          else if (kind === 'turn') await new Promise(setImmediate);
          else {
            const { drains } = recorder;
            pair.peer.resume();
            pair.socket.notifyDrain();
            // oxlint-disable-next-line no-await-in-loop
            await recorder.until((now) => now.drains > drains);
            expect(pair.socket.pending).toBe(0);
            pair.peer.pause();
          }
          if (['text', 'bytes', 'soon', 'lent'].includes(kind)) expected += text;
        }
        const ended = once(pair.peer, 'end');
        pair.peer.resume();
        pair.socket.end();
        await ended;
        expect(received === expected).toBe(true);
      }),
      { numRuns: 40 },
    );
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
      // oxlint-disable-next-line no-await-in-loop
      await recorder.until(({ reads, ended }) => ended || reads.length > before);
      // oxlint-disable-next-line no-await-in-loop
      await new Promise(setImmediate);
      expect(recorder.reads.length).toBeLessThanOrEqual(before + 1);
    }
    expect(recorder.received === sent).toBe(true);
  });

  it('may be paused and resumed while what it kept is handed out, and ended while more is', async () => {
    await using pair = await securePair();
    const recorder = new Recorder();
    const kept = new Recorder();
    recorder.goesOn = false;
    pair.socket.handler = recorder;
    pair.socket.resume();
    const sent = 'abcdefgh'.repeat(8000);
    pair.peer.end(sent);
    await recorder.until(({ reads }) => reads.length === 1);
    kept.onData = (buffer, length) => {
      Recorder.prototype.onData.call(kept, buffer, length);
      pair.socket.pause();
      pair.socket.resume();
      pair.socket.end();
      return true;
    };
    pair.socket.handler = kept;
    pair.socket.resume();
    await kept.until(({ ended, closed }) => ended && closed);
    expect([(recorder.received + kept.received).length, kept.error]).toEqual([sent.length, undefined]);
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
