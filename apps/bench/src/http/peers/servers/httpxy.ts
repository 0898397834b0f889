import { Agent } from 'node:http';
import { createProxyServer } from 'httpxy';
import { BACKEND_CONNECTIONS } from './node-peers.ts';
import type { CreateHandler } from './node-peers.ts';

/** httpxy, a descendant of http-proxy. */
export const createHandler: CreateHandler = (backend) => {
  const agent = new Agent({ keepAlive: true, maxSockets: BACKEND_CONNECTIONS, maxFreeSockets: BACKEND_CONNECTIONS });
  const proxy = createProxyServer({ target: backend, agent });
  return (request, response) => {
    proxy.web(request, response).catch(() => response.destroy());
  };
};
