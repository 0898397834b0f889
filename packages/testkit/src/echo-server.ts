import type { LoopbackServer, LoopbackServerOptions } from './loopback-server.ts';
import { startRawServer } from './raw-server.ts';

/** Starts a TCP server that sends back what it gets, and ends a connection when its client has ended it. */
export async function startEchoServer(options: LoopbackServerOptions = {}): Promise<LoopbackServer> {
  return startRawServer((socket) => void socket.pipe(socket), { name: 'echo-server', ...options });
}
