import { once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { acceptedPair } from '../../test/loopback.ts';
import { ReadBuffers } from './read-buffers.ts';
import { WriteBatch } from './write-batch.ts';

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('A batch of writes', () => {
  it('is made once at the end of the turn, in the order in which it was asked for', async () => {
    const batch = new WriteBatch();
    const flushed: string[] = [];
    batch.add({ flush: () => flushed.push('a') });
    batch.add({ flush: () => flushed.push('b') });
    expect(flushed).toEqual([]);
    await turn();
    expect(flushed).toEqual(['a', 'b']);
    await turn();
    expect(flushed).toEqual(['a', 'b']);
  });

  it('takes along what is asked for while it is made', async () => {
    const batch = new WriteBatch();
    const flushed: string[] = [];
    batch.add({ flush: () => batch.add({ flush: () => flushed.push('late') }) });
    batch.add({ flush: () => flushed.push('early') });
    await turn();
    expect(flushed).toEqual(['early', 'late']);
  });

  it('goes on in the next turn where one throws', async ({ onTestFinished }) => {
    const ends: (() => void)[] = [];
    const realSetImmediate = setImmediate;
    const schedule = vi.spyOn(globalThis, 'setImmediate').mockImplementation((end) => {
      ends.push(end);
      return realSetImmediate(() => undefined);
    });
    onTestFinished(() => schedule.mockRestore());
    const batch = new WriteBatch();
    const flushed: string[] = [];
    batch.add({
      flush: () => {
        throw new Error('it has a fault');
      },
    });
    batch.add({ flush: () => flushed.push('other') });
    expect(ends.shift()).toThrow('it has a fault');
    expect(flushed).toEqual([]);
    ends.shift()?.();
    expect(flushed).toEqual(['other']);
    batch.add({ flush: () => flushed.push('later') });
    ends.shift()?.();
    expect(flushed).toEqual(['other', 'later']);
  });
});

describe('What a socket writes soon', () => {
  it('goes out at the end of the turn, and before all that is written after it', async () => {
    const buffers = new ReadBuffers();
    await using pair = await acceptedPair({ buffers });
    let received = '';
    pair.peer.on('data', (chunk: Buffer) => (received += chunk.toString()));
    pair.socket.writeSoon('1');
    pair.socket.writeSoon('2');
    pair.socket.write('3');
    pair.socket.writeSoon('4');
    pair.socket.write(Buffer.from('5'));
    pair.socket.writeSoon('6');
    pair.socket.writeBytes('7', Buffer.from('-8'), 1, 2);
    pair.socket.writeSoon('9');
    pair.socket.writeBytes('', Buffer.from('a'), 0, 1);
    pair.socket.writeSoon('b');
    pair.socket.end();
    await once(pair.peer, 'end');
    expect(received).toBe('123456789ab');
  });

  it('is out, or pending, once a drain is asked for', async () => {
    await using pair = await acceptedPair();
    pair.socket.writeSoon('hello');
    expect(pair.socket.pending).toBe(0);
    pair.socket.notifyDrain();
    const [chunk] = await once(pair.peer, 'data');
    expect(String(chunk)).toBe('hello');
  });

  it('does not pile up', async () => {
    await using pair = await acceptedPair();
    for (let count = 0; count < 1000; count++) pair.socket.writeSoon('x'.repeat(60_000));
    expect(pair.socket.pending).toBeGreaterThan(1_000_000);
  });

  it('is forgotten when the socket is destroyed', async () => {
    await using pair = await acceptedPair();
    let received = '';
    pair.peer.on('data', (chunk: Buffer) => (received += chunk.toString()));
    pair.socket.writeSoon('never');
    pair.socket.destroy();
    await once(pair.peer, 'end');
    expect(received).toBe('');
  });
});
