import type { LoopbackServer, LoopbackServerOptions } from './loopback-server.ts';
import { startRawServer } from './raw-server.ts';

/**
 * Starts a TCP server that greets every connection with its name and a line feed, then sends back what it gets, and
 * ends a connection when its client has ended it.
 */
export async function startTcpBackend(options: LoopbackServerOptions = {}): Promise<LoopbackServer> {
  const name = options.name ?? 'tcp-backend';
  return startRawServer(
    (socket) => {
      socket.write(`${name}\n`);
      socket.pipe(socket);
    },
    { ...options, name },
  );
}
