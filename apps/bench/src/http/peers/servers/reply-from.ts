import type { IncomingHttpHeaders } from 'node:http';
import replyFrom from '@fastify/reply-from';
import { fastify } from 'fastify';
import { BACKEND_CONNECTIONS } from './node-peers.ts';
import type { CreateHandler } from './node-peers.ts';

/** Fastify and its plugin for proxies, which uses undici. */
export const createHandler: CreateHandler = async (backend) => {
  const app = fastify({ logger: false });
  await app.register(replyFrom, { base: backend, undici: { connections: BACKEND_CONNECTIONS, pipelining: 1 } });
  // Bodies are passed on as they come.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  app.all('/*', (_request, reply) => {
    void reply.from(undefined, { rewriteHeaders: withoutConnection });
  });
  await app.ready();
  return (request, response) => app.routing(request, response);
};

/** The plugin passes on that the backend's connection stays open, also to clients that want theirs closed. */
function withoutConnection(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  delete headers.connection;
  delete headers['keep-alive'];
  return headers;
}
