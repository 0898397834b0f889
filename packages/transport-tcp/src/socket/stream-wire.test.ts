import { expect, it } from 'vitest';
import { Recorder } from '../../test/recorder.ts';
import { securePair } from '../../test/secure.ts';
import { ReadBuffers } from './read-buffers.ts';
import { StreamWire } from './stream-wire.ts';

it('may be given a buffer that changes, also while a TLS socket has nothing pending but what tells of a drain', async () => {
  await using pair = await securePair();
  const recorder = new Recorder();
  pair.socket.handler = recorder;
  const buffers = new ReadBuffers();
  const wire = new StreamWire(pair.peer, pair.peer);
  const long = 'a'.repeat(8 * 1024 * 1024);
  // Whatever else is read in the same turn of the event loop comes now.
  const taken = new Promise<void>((resolve) => pair.peer.write(long, () => resolve()));
  wire.notifyDrain();
  void taken.then(() => {
    expect(wire.pending).toBe(0);
    wire.writeBytes(buffers.shared.fill('b', 0, 1000), 0, 1000);
    buffers.shared.fill('!', 0, 1000);
    pair.peer.end();
  });
  pair.socket.resume();
  await recorder.until(({ ended }) => ended);
  expect(recorder.received === long + 'b'.repeat(1000)).toBe(true);
});
