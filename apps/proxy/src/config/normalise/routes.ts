import type { ExchangeTimeouts } from '@millpond/contracts';
import type { Protocol, RouteConfig } from '../proxy-config.ts';
import type { RouteInput } from '../schema/route-schema.ts';
import type { Draft } from './draft.ts';

/** Reads `routes`, found at `path`; refuses those that match everything and those that can never match. */
export function toRoutes(
  inputs: readonly RouteInput[],
  path: string,
  protocol: Protocol,
  timeouts: ExchangeTimeouts,
  draft: Draft,
): RouteConfig[] {
  const firstPaths = new Map<string, string>();
  return inputs.map(({ match, upstream, timeouts: { request, idle, tunnel } }, index) => {
    const matchPath = `${path}[${index}].match`;
    checkKeys(`${path}[${index}]`, protocol, draft);
    const host = (protocol === 'tcp' ? match.sni : match.host)?.toLowerCase();
    const protocols = match.alpn?.toSorted();
    if (host === undefined && match.path === undefined && protocols === undefined) {
      const keys = protocol === 'tcp' ? '`sni`, `alpn`' : '`host`, `path`';
      draft.refuse(matchPath, `expected ${keys} or both; what no route matches goes to the app's \`upstream\``);
    }
    const key = JSON.stringify([host, match.path, protocols]);
    const first = firstPaths.get(key);
    if (first !== undefined) draft.refuse(matchPath, `can never match: it is the same as ${first}`);
    firstPaths.set(key, first ?? matchPath);
    return {
      host,
      path: match.path,
      protocols,
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

const KEYS: Readonly<Record<Protocol, readonly string[]>> = {
  http: ['match.host', 'match.path', 'timeouts.request', 'timeouts.tunnel'],
  tcp: ['match.sni', 'match.alpn'],
};

/** Refuses what means nothing to the protocol of the app. */
function checkKeys(path: string, protocol: Protocol, draft: Draft): void {
  const other = protocol === 'tcp' ? 'http' : 'tcp';
  for (const key of KEYS[other]) {
    if (draft.has(`${path}.${key}`))
      draft.refuse(`${path}.${key}`, `belongs to protocol ${other}, and this app is ${protocol}`, 'key');
  }
}
