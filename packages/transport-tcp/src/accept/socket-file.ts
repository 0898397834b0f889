import { lstat, rm } from 'node:fs/promises';
import { connect } from 'node:net';

/** What is in the way of listening on a path: nothing (any more), a socket that somebody listens on, or another file. */
export type SocketFileState = 'free' | 'in-use' | 'no-socket';

/**
 * Looks at the path of a UNIX socket that could not be listened on, and removes a socket that nobody listens on: a
 * process that was killed leaves its own behind. Other files are somebody's data and stay.
 */
export async function freeSocketFile(path: string): Promise<SocketFileState> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats === undefined) return 'free';
  if (!stats.isSocket()) return 'no-socket';
  if (await isListenedOn(path)) return 'in-use';
  await rm(path, { force: true });
  return 'free';
}

function isListenedOn(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', (error: NodeJS.ErrnoException) => settle(error.code !== 'ECONNREFUSED'));
  });
}
