import type { ExchangeTimeouts } from '@millpond/contracts';
import type { RouteConfig } from '../proxy-config.ts';
import type { RouteInput } from '../schema/route-schema.ts';
import type { Draft } from './draft.ts';

/** Reads `routes`, found at `path`; refuses those that match everything and those that can never match. */
export function toRoutes(
  inputs: readonly RouteInput[],
  path: string,
  timeouts: ExchangeTimeouts,
  draft: Draft,
): RouteConfig[] {
  const firstPaths = new Map<string, string>();
  return inputs.map(({ match, upstream, timeouts: { request, idle, tunnel } }, index) => {
    const matchPath = `${path}[${index}].match`;
    const host = match.host?.toLowerCase();
    if (host === undefined && match.path === undefined) {
      draft.refuse(matchPath, "expected `host`, `path` or both; what no route matches goes to the app's `upstream`");
    }
    const key = JSON.stringify([host, match.path]);
    const first = firstPaths.get(key);
    if (first !== undefined) draft.refuse(matchPath, `can never match: it is the same as ${first}`);
    firstPaths.set(key, first ?? matchPath);
    return {
      host,
      path: match.path,
      upstream,
      timeouts: {
        ...timeouts,
        requestMs: request ?? timeouts.requestMs,
        idleMs: idle ?? timeouts.idleMs,
        tunnelMs: tunnel ?? timeouts.tunnelMs,
      },
    };
  });
}
