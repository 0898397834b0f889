import { once } from 'node:events';
import type { Socket } from 'node:net';
import * as fc from 'fast-check';
import { expect } from 'vitest';
import type { ListenOptions } from '../src/accept/listen.ts';
import { ReadBuffers } from '../src/socket/read-buffers.ts';
import type { Pair } from './loopback.ts';
import { Recorder } from './recorder.ts';

/** From what the kernel takes at once to more than it takes while nobody reads. */
const size = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 3_000_000 }));
const step = fc.oneof(
  fc.record({
    kind: fc.constantFrom('text' as const, 'soon' as const, 'bytes' as const, 'lent' as const, 'behind' as const),
    size,
  }),
  fc.record({
    kind: fc.constantFrom('read' as const, 'drain' as const, 'turn' as const),
    size: fc.constant(0),
  }),
);

/** Fails where what is written to an accepted socket comes out otherwise, whatever the other side reads meanwhile. */
export async function comesOutInOrder(
  connect: (options: Partial<ListenOptions>) => Promise<Pair<Socket>>,
  numRuns: number,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const buffers = new ReadBuffers();
      await using pair = await connect({ buffers });
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
          // There is room for the head in front, or there is not.
          const start = kind === 'lent' ? 10 : 0;
          const head = kind === 'lent' ? 'head' : 'head'.repeat(buffers.headroom);
          const end = start + buffers.shared.write(lent, start, 'latin1');
          pair.socket.writeBytes(head, buffers.shared, start, end);
          expected += head;
          buffers.shared.fill('!');
        } else if (kind === 'read') pair.peer.resume();
        else if (kind === 'turn') await new Promise(setImmediate);
        else {
          const { drains } = recorder;
          pair.peer.resume();
          pair.socket.notifyDrain();
          await recorder.until((now) => now.drains > drains);
          expect(pair.socket.pending).toBe(0);
          pair.peer.pause();
        }
        expected += kind === 'lent' || kind === 'behind' ? lent : text;
      }
      const ended = once(pair.peer, 'end');
      pair.peer.resume();
      pair.socket.end();
      await ended;
      expect(received === expected).toBe(true);
      expect(buffers.leased).toBe(0);
    }),
    { numRuns },
  );
}
