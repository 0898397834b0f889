import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { LoopbackServer } from './loopback-server.ts';
import type { LoopbackServerOptions } from './loopback-server.ts';

/**
 * Starts a TCP server that leaves every connection to `onSocket`, for answers that no proper server would give.
 * Half-open connections are allowed, so `onSocket` ends its own side.
 */
export async function startRawServer(
  onSocket: (socket: Socket) => void,
  options: LoopbackServerOptions = {},
): Promise<LoopbackServer> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, onSocket);
  return LoopbackServer.start(server, { ...options, scheme: 'tcp', name: options.name ?? 'raw-server' });
}
