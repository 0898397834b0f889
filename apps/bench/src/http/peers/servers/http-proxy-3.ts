import { Agent } from 'node:http';
import { createProxyServer } from 'http-proxy-3';
import { BACKEND_CONNECTIONS } from './node-peers.ts';
import type { CreateHandler } from './node-peers.ts';

/** http-proxy-3, a descendant of http-proxy. */
export const createHandler: CreateHandler = (backend) => {
  const agent = new Agent({ keepAlive: true, maxSockets: BACKEND_CONNECTIONS, maxFreeSockets: BACKEND_CONNECTIONS });
  const proxy = createProxyServer({ target: backend, agent });
  proxy.on('error', (_error, _request, response) => response.destroy());
  return (request, response) => proxy.web(request, response);
};
