import { setImmediate as nextCheck } from 'node:timers/promises';
import { connect, type Socket } from 'node:net';

import { startRawServer } from '@millpond/testkit';
import { describe, expect, it } from 'vitest';

import { untilCool } from '../test/rounds.ts';
import { CoolDown } from './cool-down.ts';

describe('CoolDown', () => {
  it('releases everything once, in the order in which it came', async () => {
    const released: number[] = [];
    const coolDown = new CoolDown<number>((item) => released.push(item));

    coolDown.add(1);
    coolDown.add(2);
    await nextCheck();
    coolDown.add(3);
    expect(released).toEqual([]);
    await untilCool();

    expect(released).toEqual([1, 2, 3]);
  });

  it('takes what is added while something is released', async () => {
    const released: string[] = [];
    const coolDown = new CoolDown<string>((item) => {
      released.push(item);
      if (item === 'first') coolDown.add('second');
    });

    coolDown.add('first');
    await untilCool();
    await untilCool();

    expect(released).toEqual(['first', 'second']);
  });

  it('waits until bytes that were in the kernel already have been read, which the next check phase does not', async () => {
    let accept: (socket: Socket) => void;
    const accepting = new Promise<Socket>((resolve) => (accept = resolve));
    await using server = await startRawServer((socket) => accept(socket));
    const socket = connect({ ...server.address, noDelay: true });
    const peer = await accepting;
    const seen: string[] = [];
    const seenAt: Record<string, string> = {};
    const coolDown = new CoolDown<string>((item) => (seenAt[item] = seen.join('|')));
    const answered = new Promise<void>((resolve) => {
      socket.on('data', (chunk: Buffer) => {
        seen.push(chunk.toString());
        if (seen.length > 1) return;
        // The answer is being read now, and its sender writes more: those bytes are in the kernel before this returns.
        peer.write('late');
        coolDown.add('cooled');
        setImmediate(() => (seenAt['one immediate'] = seen.join('|')));
        resolve();
      });
    });

    peer.write('answer');
    await answered;
    await untilCool();

    expect(seenAt).toEqual({ 'one immediate': 'answer', cooled: 'answer|late' });
    socket.destroy();
  });
});
