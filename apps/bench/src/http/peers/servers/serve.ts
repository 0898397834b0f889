import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { isNodePeer, nodePeers } from './node-peers.ts';

/** Longer than any round, so that idle clients stay. */
const KEEP_ALIVE_MS = 120_000;

/** The program that a peer runs as: `serve.js NAME PORT BACKEND [CERT KEY]`. */
async function serve([name = '', port, backend = '', cert, key]: readonly string[]): Promise<void> {
  if (!isNodePeer(name)) throw new Error(`there is no peer ${name}`);
  const createHandler = await nodePeers[name]();
  const handler = await createHandler(backend);
  listener(handler, cert, key).listen({ port: Number(port), host: '127.0.0.1', backlog: 4096 });
}

function listener(handler: RequestListener, cert?: string, key?: string): ReturnType<typeof createServer> {
  const options = { keepAliveTimeout: KEEP_ALIVE_MS };
  if (cert === undefined || key === undefined) return createServer(options, handler);
  const tls = { cert: readFileSync(cert), key: readFileSync(key), minVersion: 'TLSv1.3' as const };
  return createTlsServer({ ...options, ...tls }, handler);
}

try {
  await serve(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
