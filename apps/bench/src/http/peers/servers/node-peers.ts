import type { RequestListener } from 'node:http';

/** Makes what answers requests, from the URL of the backend. */
export type CreateHandler = (backend: string) => RequestListener | Promise<RequestListener>;

/** How many connections to the backend a peer may have: more than there ever are requests at a time. */
export const BACKEND_CONNECTIONS = 512;

/** Each is loaded only where it is asked for: the package may not be installed. */
export const nodePeers = {
  httpxy: async (): Promise<CreateHandler> => (await import('./httpxy.ts')).createHandler,
  'http-proxy-3': async (): Promise<CreateHandler> => (await import('./http-proxy-3.ts')).createHandler,
  '@fastify/reply-from': async (): Promise<CreateHandler> => (await import('./reply-from.ts')).createHandler,
  'fast-proxy': async (): Promise<CreateHandler> => (await import('./fast-proxy.ts')).createHandler,
};

/** A peer that is a package from npm. */
export type NodePeerName = keyof typeof nodePeers;

/** Whether there is such a peer. */
export function isNodePeer(name: string): name is NodePeerName {
  return Object.hasOwn(nodePeers, name);
}
