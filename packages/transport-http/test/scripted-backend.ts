import type { Socket } from 'node:net';
import { startRawServer, type LoopbackServer } from '@millpond/testkit';
import { until } from './until.ts';

/** A connection to a {@link ScriptedBackend}. */
export interface ScriptedSocket {
  readonly socket: Socket;
  /** Everything that has come on it, one character per byte. */
  readonly received: string;
  /** Heads of requests, of requests without bodies, that have come. */
  readonly requests: number;
}

/** A backend that answers exactly the bytes a test wants. */
export interface ScriptedBackend extends AsyncDisposable {
  readonly server: LoopbackServer;
  readonly backend: LoopbackServer['backend'];
  /** Its connections, in order, the closed ones too. */
  readonly sockets: readonly ScriptedSocket[];
  /** Everything that has come, on all connections. */
  readonly received: string;
  /** Resolves when `text` has come, on whatever connection. */
  waitFor(text: string): Promise<void>;
  /** Resolves when so many connections are open. */
  open(count: number): Promise<void>;
}

/**
 * Starts it.
 *
 * @param onRequest - called whenever the empty line behind a head has come; `text` is all that came on that connection
 */
export async function scriptedBackend(
  onRequest: (socket: Socket, count: number, text: string) => unknown = () => undefined,
): Promise<ScriptedBackend> {
  const sockets: (ScriptedSocket & { received: string; requests: number })[] = [];
  const server = await startRawServer((socket) => {
    const connection = { socket, received: '', requests: 0 };
    sockets.push(connection);
    socket.on('data', (chunk) => {
      const from = connection.received.length;
      connection.received += chunk.toString('latin1');
      for (let at = from; ;) {
        const end = connection.received.indexOf('\r\n\r\n', Math.max(0, at - 3));
        if (end === -1) break;
        connection.requests++;
        onRequest(socket, connection.requests, connection.received);
        at = end + 7;
      }
    });
    socket.on('end', () => socket.end());
  });
  const received = (): string => sockets.map((connection) => connection.received).join('');
  return {
    server,
    backend: server.backend,
    sockets,
    get received() {
      return received();
    },
    waitFor: (text) => until(() => received().includes(text)),
    open: (count) => until(() => server.openConnections === count),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** A response of 200 with that body. */
export function ok(body = ''): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}
