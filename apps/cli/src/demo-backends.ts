import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { once } from 'node:events';

/** Small HTTP servers that name themselves. */
export interface DemoBackends {
  /** As the config names them. */
  readonly urls: readonly string[];
  close(): Promise<void>;
}

/** Opens one server for each name, on ports that the system chooses. */
export async function startDemoBackends(names: readonly string[]): Promise<DemoBackends> {
  const servers = await Promise.all(names.map(startBackend));
  return {
    urls: servers.map(({ url }) => url),
    close: async () => {
      await Promise.all(servers.map(({ server }) => closeServer(server)));
    },
  };
}

async function startBackend(name: string): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    request.resume();
    response.setHeader('content-type', 'text/plain; charset=utf-8');
    response.end(`${name} answers ${request.method} ${request.url}\n`);
  });
  // Longer than the proxy keeps an idle connection, so that the proxy is the one to close it.
  server.keepAliveTimeout = 120_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('A TCP server has a port.');
  return { server, url: `http://127.0.0.1:${address.port}` };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
