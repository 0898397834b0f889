import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { LoopbackServer } from './loopback-server.ts';
import type { LoopbackServerOptions } from './loopback-server.ts';

/** How {@link startHttpBackend} behaves. */
export interface HttpBackendOptions extends LoopbackServerOptions {
  /** @defaultValue one that answers 200 with the name as the body and in the header `x-backend` */
  readonly handler?: RequestListener;
}

/** Starts an HTTP/1.1 server of node:http that keeps connections open until told otherwise. */
export async function startHttpBackend(options: HttpBackendOptions = {}): Promise<LoopbackServer> {
  const name = options.name ?? 'http-backend';
  const server = createServer({ keepAliveTimeout: 0 }, options.handler ?? answerWith(name));
  return LoopbackServer.start(server, { ...options, scheme: 'http', name });
}

function answerWith(name: string): RequestListener {
  return (_request, response) => {
    const headers = { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(name), 'x-backend': name };
    response.writeHead(200, headers).end(name);
  };
}
