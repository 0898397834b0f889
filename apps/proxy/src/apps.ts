import type { Filter, FrontendTls, Handler, Listener, Route, Transport } from '@millpond/contracts';
import type { Upstream } from '@millpond/upstream';
import type { AppConfig, FrontendConfig, ProxyConfig, RouteConfig } from './config/index.ts';
import { Router } from './router.ts';

/** An app that is open, or on its way. */
export interface OpenApp {
  readonly name: string;
  /** One for each of its frontends, in their order. */
  readonly listeners: readonly Listener[];
}

/** Decides where the requests of an app go. */
export function createHandler(
  app: AppConfig,
  config: ProxyConfig,
  upstreams: ReadonlyMap<string, Upstream>,
  filters: readonly Filter[],
): Handler {
  const routeTo = (name: string, timeouts: RouteConfig['timeouts']): Route | undefined => {
    const upstream = upstreams.get(name);
    const settings = config.upstreams[name];
    if (upstream === undefined || settings === undefined) return undefined;
    const { proxyProtocol, retry } = settings;
    const { halfClose } = app;
    const replayStale = retry.replayStale;
    return { upstream, timeouts, filters, replayStale, halfClose, ...(proxyProtocol && { proxyProtocol }) };
  };
  const routes = app.routes.flatMap(({ host, path, protocols, upstream, timeouts }) => {
    const route = routeTo(upstream, timeouts);
    return route === undefined ? [] : [{ host, path, protocols, route }];
  });
  const fallback = app.upstream === undefined ? undefined : routeTo(app.upstream, app.timeouts);
  return new Router(routes, fallback);
}

/** Opens every frontend of an app; waits for ports that are busy. */
export async function openApp(
  app: AppConfig,
  transport: Transport,
  handler: Handler,
  tls: ReadonlyMap<FrontendConfig, FrontendTls>,
  signal: AbortSignal,
): Promise<OpenApp> {
  const opening = app.frontends.map((frontend) => {
    const { tls: _, ...plain } = frontend;
    const read = tls.get(frontend);
    return transport.serve({ ...plain, ...(read && { tls: read }) }, handler, { signal });
  });
  const settled = await Promise.allSettled(opening);
  const listeners = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = settled.find((result) => result.status === 'rejected');
  if (failed === undefined) return { name: app.name, listeners };
  await Promise.all(listeners.map((listener) => listener.close()));
  throw failed.reason;
}
