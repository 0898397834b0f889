import { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

/**
 * The socket under one that a tls.Server made of it. Node does not document how to find it, and has none of its own
 * functions that reset a TLS connection or tell which of its clients is still in its handshake. Alike on Node 20 to 26.
 * This file is the only one that knows of it; undefined where it is not to be found.
 */
export function tcpUnder(socket: TLSSocket): Socket | undefined {
  const from: TLSSocket & { readonly _parent?: unknown } = socket;
  const parent = from._parent;
  return parent instanceof Socket ? parent : undefined;
}
