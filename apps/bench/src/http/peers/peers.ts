import { haproxy } from './haproxy.ts';
import type { HttpPeer } from './http-peer.ts';
import { millpond } from './millpond.ts';
import { nginx } from './nginx.ts';
import { nodePeer } from './node-peer.ts';

/** All that are compared, in the order of the tables. */
export const httpPeers: readonly HttpPeer[] = [
  millpond,
  haproxy,
  nginx,
  nodePeer('httpxy'),
  nodePeer('http-proxy-3'),
  nodePeer('@fastify/reply-from'),
  nodePeer('fast-proxy'),
];
