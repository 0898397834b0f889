import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { BenchError } from '../bench-error.ts';
import { lastLines } from './workshop.ts';
import type { Program } from './program.ts';

const PAUSE_MS = 20;

/** A port on loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new BenchError('the system gave no port');
  return address.port;
}

/**
 * Resolves when a program listens on its port.
 *
 * @throws BenchError - it ended before, with what it said; or did not listen in time
 */
export async function untilOpen(program: Program, port: number, timeoutMs: number): Promise<void> {
  const giveUpAt = performance.now() + timeoutMs;
  while (!(await isOpen(port))) {
    if (program.hasEnded) {
      await program.exit();
      throw new BenchError(lastLines(program));
    }
    if (performance.now() > giveUpAt) throw new BenchError(`${program.name} did not listen within ${timeoutMs} ms`);
    await pause(PAUSE_MS);
  }
}

async function isOpen(port: number): Promise<boolean> {
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
