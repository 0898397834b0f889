import type { Socket } from 'node:net';

/** Closes an open socket at once, over TCP with a reset, which needs no answer and leaves nothing behind. UNIX sockets have none. */
export function resetSocket(socket: Socket): void {
  if (socket.localPort === undefined) socket.destroy();
  else socket.resetAndDestroy();
}
