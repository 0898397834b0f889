import { createServer } from 'node:http';
import { LoopbackServer } from '@millpond/testkit';
import { WebSocketServer, type ServerOptions, type WebSocket } from 'ws';

/** Starts a WebSocket server of `ws`; without `onSocket` it sends every message back. */
export async function startWebSocketBackend(
  options: Omit<ServerOptions, 'server' | 'noServer' | 'port'> = {},
  onSocket: (socket: WebSocket) => void = echo,
): Promise<LoopbackServer> {
  const server = createServer();
  const sockets = new WebSocketServer({ ...options, server });
  sockets.on('connection', (socket) => {
    // Told by 'close', which follows.
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  return LoopbackServer.start(server, { scheme: 'http', name: 'web-socket-backend' });
}

function echo(socket: WebSocket): void {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
}
