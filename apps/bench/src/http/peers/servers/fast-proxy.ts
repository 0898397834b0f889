import createFastProxy from 'fast-proxy';
import { BACKEND_CONNECTIONS } from './node-peers.ts';
import type { CreateHandler } from './node-peers.ts';

/** fast-proxy with undici, which is the faster one of its ways. */
export const createHandler: CreateHandler = (backend) => {
  const proxies = createFastProxy({ base: backend, undici: { connections: BACKEND_CONNECTIONS, pipelining: 1 } });
  return (request, response) => proxies.proxy(request, response, request.url ?? '/', {});
};
