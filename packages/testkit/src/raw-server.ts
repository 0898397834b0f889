import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { LoopbackServer } from './loopback-server.ts';
import type { LoopbackServerOptions } from './loopback-server.ts';

/** How {@link startRawServer} and its likes behave. */
export interface RawServerOptions extends LoopbackServerOptions {
  /** Speaks TLS. @defaultValue plain TCP */
  readonly tls?: TlsOptions;
}

/**
 * Starts a TCP server that leaves every connection to `onSocket`, for answers that no proper server would give.
 * Half-open connections are allowed, so `onSocket` ends its own side.
 */
export async function startRawServer(
  onSocket: (socket: Socket) => void,
  options: RawServerOptions = {},
): Promise<LoopbackServer> {
  const { name = 'raw-server', tls } = options;
  const settings = { allowHalfOpen: true, noDelay: true };
  if (tls === undefined) {
    return LoopbackServer.start(createServer(settings, onSocket), { ...options, scheme: 'tcp', name });
  }
  const server = createTlsServer({ ...settings, ...tls }, onSocket);
  return LoopbackServer.start(server, { ...options, scheme: 'tls', name });
}
