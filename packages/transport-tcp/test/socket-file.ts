import { once } from 'node:events';
import { link, rm } from 'node:fs/promises';
import { createServer } from 'node:net';

/** Leaves the file of a UNIX socket at `path` that nobody listens on, as a process does that is killed. */
export async function leaveSocketFile(path: string): Promise<void> {
  const original = `${path}.original`;
  const server = createServer().listen(original);
  await once(server, 'listening');
  await link(original, path);
  server.close();
  await once(server, 'close');
  await rm(original, { force: true });
}
