import { didYouMean } from '../did-you-mean.ts';
import type { AppConfig, Protocol } from '../proxy-config.ts';
import type { Draft } from './draft.ts';
import type { UpstreamDefinition } from './upstreams.ts';

/**
 * What each upstream speaks: the protocol of the apps that use it. Refuses names of no upstream, and one upstream for
 * two protocols.
 */
export function upstreamProtocols(
  definitions: ReadonlyMap<string, UpstreamDefinition>,
  apps: readonly AppConfig[],
  draft: Draft,
): Map<string, Protocol> {
  const protocols = new Map<string, Protocol>();
  for (const { name, protocol } of definitions.values()) {
    if (protocol !== undefined) protocols.set(name, protocol);
  }
  for (const app of apps) {
    for (const { name, path } of references(app)) {
      const definition = definitions.get(name);
      const protocol = protocols.get(name) ?? app.protocol;
      if (definition === undefined) {
        draft.refuse(path, unknownUpstream(name, definitions.keys()));
      } else if (protocol !== app.protocol) {
        draft.refuse(
          path,
          `the upstream "${name}" is used for ${protocol} already, and cannot be used for ${app.protocol} too`,
        );
      }
      protocols.set(name, protocol);
    }
  }
  return protocols;
}

function references({ upstream, routes, path }: AppConfig): { name: string; path: string }[] {
  return [
    ...(upstream === undefined ? [] : [{ name: upstream, path: `${path}.upstream` }]),
    ...routes.map((route, index) => ({ name: route.upstream, path: `${path}.routes[${index}].upstream` })),
  ];
}

function unknownUpstream(name: string, known: Iterable<string>): string {
  const names = [...known];
  return `there is no upstream "${name}"${didYouMean(name, names)} (known: ${names.join(', ')})`;
}
