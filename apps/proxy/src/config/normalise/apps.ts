import type { AppConfig, Protocol } from '../proxy-config.ts';
import type { AppInput } from '../schema/app-schema.ts';
import type { Draft } from './draft.ts';
import { toFrontends } from './frontends.ts';
import { toPluginUse } from './plugin-use.ts';
import { toRoutes } from './routes.ts';
import { ownsUpstream } from './upstreams.ts';

/** Reads one of `apps`, found at `path`. */
export function toApp(app: AppInput, path: string, protocol: Protocol, draft: Draft): AppConfig {
  const { header, request, idle, tunnel, fin, session } = app.timeouts;
  const timeouts = {
    headerMs: header,
    requestMs: request,
    idleMs: idle,
    tunnelMs: tunnel,
    ...(protocol === 'tcp' && { finMs: fin, sessionMs: session }),
  };
  return {
    name: app.name,
    path,
    protocol,
    frontends: toFrontends(app, path, protocol, timeouts, draft),
    upstream: ownsUpstream(app) ? app.name : app.upstream,
    routes: toRoutes(app.routes, `${path}.routes`, protocol, timeouts, draft),
    timeouts,
    halfClose: app.halfClose,
    filters: app.filters.map((filter, index) => toPluginUse(filter, `${path}.filters[${index}]`)),
  };
}

/** Refuses two apps of one name. */
export function checkAppNames(apps: readonly AppInput[], draft: Draft): void {
  for (const [index, { name }] of apps.entries()) {
    const first = apps.findIndex((app) => app.name === name);
    if (first < index) draft.refuse(`apps[${index}].name`, `the app "${name}" is there already, at apps[${first}]`);
  }
}
