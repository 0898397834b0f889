import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** Between two looks at what a test waits for. */
const PAUSE_MS = 50;

/** Shorter than the time-out of a test, so that its message is seen. */
const TIMEOUT_MS = 15_000;

/** Ports on loopback that were free a moment ago, all different: for programs that cannot say which one they got. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('it has no port');
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Whether something listens on a port of loopback. */
export async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Resolves when something listens on a port; rejects after 15 s. */
export function untilOpen(port: number): Promise<void> {
  return until(() => isOpen(port));
}

/** Resolves when that is so; rejects after 15 s, or what is given. */
export async function until(isSo: () => Promise<boolean>, timeoutMs = TIMEOUT_MS): Promise<void> {
  const giveUpAt = performance.now() + timeoutMs;
  while (!(await isSo())) {
    if (performance.now() > giveUpAt) throw new Error(`waited in vain until ${isSo.toString()}`);
    await pause(PAUSE_MS);
  }
}
