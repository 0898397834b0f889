import { createHash, randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Random } from '@millpond/contracts';

/** How one end behaves: what it sends, then its end; and how it reads meanwhile. */
export interface Behaviour {
  readonly bytes: number;
  /** Bytes of the next write. */
  readonly nextWrite: () => number;
  /** Whether it rests for a turn of the event loop after a write. */
  readonly restsAfterWrite: () => boolean;
  /** Turns of the event loop that it stops reading for after a read. */
  readonly pauseAfterRead: () => number;
}

/** Digests of what an end has sent and of what it has got. */
export interface Traffic {
  readonly sent: string;
  readonly received: string;
}

/** Random content to cut from, so that making it costs nothing; odd, so that offsets never repeat in step with buffers. */
const CONTENT = randomFillSync(Buffer.allocUnsafe(4 * 1024 * 1024 + 7));

/** Sends and reads as told, until both sides have ended. */
export async function exchange(socket: Socket, how: Behaviour): Promise<Traffic> {
  const [sent, received] = await Promise.all([send(socket, how), receive(socket, how)]);
  return { sent, received };
}

async function send(socket: Socket, { bytes, nextWrite, restsAfterWrite }: Behaviour): Promise<string> {
  const hash = createHash('sha256');
  for (let left = bytes; left > 0;) {
    const length = Math.min(left, nextWrite());
    const start = (bytes - left) % (CONTENT.length - length);
    const chunk = CONTENT.subarray(start, start + length);
    hash.update(chunk);
    left -= length;
    // One write after the other is the point.
    if (!socket.write(chunk)) await once(socket, 'drain');
    if (restsAfterWrite()) await new Promise(setImmediate);
  }
  socket.end();
  return hash.digest('hex');
}

async function receive(socket: Socket, { pauseAfterRead }: Behaviour): Promise<string> {
  const hash = createHash('sha256');
  socket.on('data', (chunk) => {
    hash.update(chunk);
    const turns = pauseAfterRead();
    if (turns === 0) return;
    socket.pause();
    resumeAfter(socket, turns);
  });
  await once(socket, 'end');
  return hash.digest('hex');
}

/** Goes on reading after so many turns of the event loop. */
export function resumeAfter(socket: Socket, turns: number): void {
  if (turns === 0) socket.resume();
  else setImmediate(resumeAfter, socket, turns - 1);
}

/** Writes of up to `maxWrite` bytes; rests and pauses now and then. */
export function behaviour(bytes: number, maxWrite: number, laziness: number, random: Random): Behaviour {
  return {
    bytes,
    nextWrite: () => 1 + Math.floor(random() * maxWrite),
    restsAfterWrite: () => random() < laziness,
    pauseAfterRead: () => (random() < laziness ? Math.ceil(random() * 20) : 0),
  };
}
