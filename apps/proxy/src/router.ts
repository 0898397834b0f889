import type { Connection, Handler, Route, RouteRequest } from '@millpond/contracts';

/** A route with what it matches. */
export interface MatchedRoute<C extends Connection = Connection> {
  /** Lower case, exact or `*.` and a domain; undefined is any. */
  readonly host: string | undefined;
  /** Prefix of the path that ends at a segment boundary; undefined is any. */
  readonly path: string | undefined;
  /** TCP: of these, a client must offer one; undefined is any, or none. */
  readonly protocols?: readonly string[] | undefined;
  readonly route: Route<C>;
}

/**
 * Finds the route of a request: by host (exact, then the longest wildcard, then any), then by the longest path prefix at a
 * segment boundary or, over TCP, by whether they want a protocol, then by their order.
 */
export class Router<C extends Connection = Connection> implements Handler<C> {
  readonly #byHost = new Map<string, MatchedRoute<C>[]>();
  readonly #anyHost: MatchedRoute<C>[] = [];
  readonly #default: Route<C> | undefined;

  /** @param fallback - for what no route matches */
  constructor(routes: readonly MatchedRoute<C>[], fallback: Route<C> | undefined) {
    this.#default = fallback;
    // The sort is stable: routes of equal length keep their order.
    const strictestFirst = routes.toSorted((a, b) => strictness(b) - strictness(a));
    for (const route of strictestFirst) this.#listOf(route.host).push(route);
  }

  route({ host, path, protocols }: RouteRequest): Route<C> | undefined {
    if (host !== undefined && this.#byHost.size > 0) {
      for (let name: string | undefined = host; name !== undefined; name = widen(name)) {
        const found = firstMatch(this.#byHost.get(name), path, protocols);
        if (found !== undefined) return found;
      }
    }
    return firstMatch(this.#anyHost, path, protocols) ?? this.#default;
  }

  #listOf(host: string | undefined): MatchedRoute<C>[] {
    if (host === undefined) return this.#anyHost;
    const list = this.#byHost.get(host) ?? [];
    this.#byHost.set(host, list);
    return list;
  }
}

/** The next wider name to look up: `a.b.c` → `*.b.c` → `*.c` → none. */
function widen(name: string): string | undefined {
  const dot = name.indexOf('.', name.startsWith('*.') ? 2 : 0);
  return dot === -1 ? undefined : `*${name.slice(dot)}`;
}

function firstMatch<C extends Connection>(
  routes: readonly MatchedRoute<C>[] | undefined,
  path: string | undefined,
  protocols: readonly string[] | undefined,
): Route<C> | undefined {
  if (routes === undefined) return undefined;
  for (const { path: prefix, protocols: wanted, route } of routes) {
    const isRight = prefix === undefined || isPrefix(prefix, path ?? '');
    if (isRight && (wanted === undefined || wanted.some((name) => protocols?.includes(name)))) return route;
  }
  return undefined;
}

function strictness({ path, protocols }: Pick<MatchedRoute, 'path' | 'protocols'>): number {
  return (path?.length ?? 0) + (protocols === undefined ? 0 : 1);
}

function isPrefix(prefix: string, path: string): boolean {
  if (!path.startsWith(prefix)) return false;
  return prefix.endsWith('/') || path.length === prefix.length || path.charCodeAt(prefix.length) === 47;
}
