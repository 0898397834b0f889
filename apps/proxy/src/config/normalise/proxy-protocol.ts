import type { Backend } from '@millpond/contracts';
import type { Protocol } from '../proxy-config.ts';
import type { AppInput } from '../schema/app-schema.ts';
import type { Draft } from './draft.ts';

/** Refuses frontends of the app at `path` that want to be told of their clients, and believe nobody. */
export function checkProxyProtocol({ frontends = [] }: AppInput, path: string, draft: Draft): void {
  for (const [index, { proxyProtocol, trustedProxies }] of frontends.entries()) {
    if (proxyProtocol === undefined || trustedProxies.length > 0) continue;
    const place = `${path}.frontends[${index}].proxyProtocol`;
    draft.refuse(place, 'expected `trustedProxies` beside it: nobody else may say for whom it connects', 'key');
  }
}

/** Refuses the `proxyProtocol` of an upstream, found at `path`, that could not be kept. */
export function checkSentProxyProtocol(
  path: string,
  protocol: Protocol,
  backends: readonly Backend[],
  draft: Draft,
): void {
  if (protocol === 'http') {
    const reason = 'and connections of protocol http are shared by clients; backends are told who asked by `forwarded`';
    draft.refuse(path, `speaks of one client for the whole connection, ${reason}`, 'key');
  }
  if (backends.some(({ tls }) => tls)) {
    const reason = 'and connections are made ready before it is known for whom';
    draft.refuse(path, `goes before TLS, ${reason}: it cannot be used with "tls://"`, 'key');
  }
}
