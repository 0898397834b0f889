import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { TlsOptions } from 'node:tls';
import { LoopbackServer } from './loopback-server.ts';
import type { LoopbackServerOptions } from './loopback-server.ts';

/** How {@link startHttpBackend} behaves. */
export interface HttpBackendOptions extends LoopbackServerOptions {
  /** @defaultValue one that answers 200 with the name as the body and in the header `x-backend` */
  readonly handler?: RequestListener;
  /** Speaks TLS. @defaultValue plain HTTP */
  readonly tls?: TlsOptions;
}

/** Starts an HTTP/1.1 server of node:http that keeps connections open until told otherwise. */
export async function startHttpBackend(options: HttpBackendOptions = {}): Promise<LoopbackServer> {
  const name = options.name ?? 'http-backend';
  const { handler = answerWith(name), tls } = options;
  if (tls === undefined) {
    return LoopbackServer.start(createServer({ keepAliveTimeout: 0 }, handler), { ...options, scheme: 'http', name });
  }
  const server = createTlsServer({ ...tls, keepAliveTimeout: 0 }, handler);
  return LoopbackServer.start(server, { ...options, scheme: 'https', name });
}

function answerWith(name: string): RequestListener {
  return (_request, response) => {
    const headers = { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(name), 'x-backend': name };
    response.writeHead(200, headers).end(name);
  };
}
