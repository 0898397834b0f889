import { createAdaptorServer, type ServerType } from '@hono/node-server';
import { MillpondError, type Address } from '@millpond/contracts';
import { prometheusContentType } from '@millpond/metrics';
import { Hono } from 'hono';

/** What the admin address shows. */
export interface AdminSources {
  /** Prometheus text. */
  metrics(): string;
  /** Whether every frontend is open and every app can be served. */
  isReady(): boolean;
}

/** The open admin address. */
export interface AdminServer {
  readonly address: Address;
  close(): Promise<void>;
}

/**
 * Opens the admin address: `/healthz` (the process lives), `/readyz` (it can serve), `/metrics`.
 *
 * @throws ERR_PROXY_ADMIN_LISTEN
 */
export function openAdmin(address: Address, sources: AdminSources): Promise<AdminServer> {
  const app = new Hono();
  app.get('/healthz', (context) => context.text('ok\n'));
  app.get('/readyz', (context) => (sources.isReady() ? context.text('ready\n') : context.text('not ready\n', 503)));
  app.get('/metrics', (context) => context.body(sources.metrics(), 200, { 'content-type': prometheusContentType }));
  const server = createAdaptorServer({ fetch: app.fetch });
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(
        new MillpondError(
          'ERR_PROXY_ADMIN_LISTEN',
          `Cannot open the admin address: ${cause.message}. Choose another \`admin.listen\`.`,
          { cause },
        ),
      );
    });
    server.listen('path' in address ? { path: address.path } : { host: address.host, port: address.port }, () => {
      resolve({ address: boundTo(server, address), close: () => closeServer(server) });
    });
  });
}

function boundTo(server: ServerType, asked: Address): Address {
  const bound = server.address();
  return bound === null || typeof bound === 'string' ? asked : { host: bound.address, port: bound.port };
}

function closeServer(server: ServerType): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    if ('closeAllConnections' in server) server.closeAllConnections();
  });
}
