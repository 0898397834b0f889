import { once } from 'node:events';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acceptedPair } from '../../test/loopback.ts';
import { Recorder } from '../../test/recorder.ts';
import { ReadBuffers } from './read-buffers.ts';

/** From what the kernel takes at once to more than it takes while nobody reads. */
const size = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 3_000_000 }));
const step = fc.oneof(
  fc.record({
    kind: fc.constantFrom('text' as const, 'soon' as const, 'bytes' as const, 'lent' as const, 'behind' as const),
    size,
  }),
  fc.record({ kind: fc.constantFrom('read' as const, 'drain' as const), size: fc.constant(0) }),
);

describe('What is written to a bare handle', () => {
  it('comes out in order, whatever the other side reads meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const buffers = new ReadBuffers();
        await using pair = await acceptedPair({ buffers });
        const recorder = new Recorder();
        pair.socket.handler = recorder;
        let expected = '';
        let received = '';
        pair.peer.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
        pair.peer.pause();
        for (const [index, { kind, size: length }] of steps.entries()) {
          const text = String.fromCharCode(97 + index).repeat(length);
          const lent = text.slice(0, buffers.shared.length - 10);
          if (kind === 'text') pair.socket.write(text);
          else if (kind === 'bytes') pair.socket.write(Buffer.from(text));
          else if (kind === 'soon') pair.socket.writeSoon(text);
          else if (kind === 'lent' || kind === 'behind') {
            // With room for the head in front, or without.
            const start = kind === 'lent' ? 10 : 0;
            const end = start + buffers.shared.write(lent, start, 'latin1');
            pair.socket.writeBytes('head', buffers.shared, start, end);
            buffers.shared.fill('!');
          } else if (kind === 'read') pair.peer.resume();
          else {
            const { drains } = recorder;
            pair.peer.resume();
            pair.socket.notifyDrain();
            // oxlint-disable-next-line no-await-in-loop
            await recorder.until((now) => now.drains > drains);
            expect(pair.socket.pending).toBe(0);
            pair.peer.pause();
          }
          expected += kind === 'lent' || kind === 'behind' ? `head${lent}` : text;
        }
        const ended = once(pair.peer, 'end');
        pair.peer.resume();
        pair.socket.end();
        await ended;
        expect(received === expected).toBe(true);
        expect(buffers.leased).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

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
