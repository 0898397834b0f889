import type { LoopbackServer } from './loopback-server.ts';
import { startRawServer, type RawServerOptions } from './raw-server.ts';

/** Starts a TCP server that sends back what it gets, and ends a connection when its client has ended it. */
export async function startEchoServer(options: RawServerOptions = {}): Promise<LoopbackServer> {
  return startRawServer((socket) => void socket.pipe(socket), { name: 'echo-server', ...options });
}
