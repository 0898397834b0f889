import type { Address, ExchangeTimeouts, MessageLimits } from '@millpond/contracts';
import { addressesClash, formatAddress } from '../listen-address.ts';
import type { FrontendConfig, Protocol } from '../proxy-config.ts';
import type { AppInput, FrontendInput } from '../schema/app-schema.ts';
import type { Draft } from './draft.ts';
import { toAccess } from './access.ts';
import { checkProxyProtocol } from './proxy-protocol.ts';
import { toFrontendTls } from './tls.ts';

/** An address that the config listens on, and where it says so. */
interface ListenPlace {
  readonly address: Address;
  readonly path: string;
  /** Which of `frontends` it belongs to. */
  readonly index: number;
}

/** Reads `frontends` or `ports` of the app at `path`. */
export function toFrontends(
  app: AppInput,
  path: string,
  protocol: Protocol,
  timeouts: ExchangeTimeouts,
  draft: Draft,
): FrontendConfig[] {
  // One object for all frontends of the app: they count together.
  const appAccess = app.access ? [toAccess(app.access)] : [];
  return listenPlaces(app, path).map(({ address, index }) => {
    const written: Partial<FrontendInput> = app.frontends?.[index] ?? {};
    const { trustedProxies = [], forwarded = 'x-forwarded', proxyProtocol, tls, redirect } = written;
    const access = written.access ? [...appAccess, toAccess(written.access)] : appAccess;
    const frontendPath = `${path}.frontends[${index}]`;
    const redirectToPort = redirect && toRedirectPort(app, `${frontendPath}.redirect`, index, protocol, draft);
    return {
      app: app.name,
      address,
      timeouts,
      limits: toLimits(app.limits),
      trustedProxies,
      forwarded,
      ...(written.keepAlive !== undefined && { keepAliveMs: written.keepAlive }),
      ...(access.length > 0 && { access }),
      ...(proxyProtocol && { proxyProtocol }),
      ...(protocol === 'tcp' && app.routes.length > 0 && { readsClientHello: true }),
      ...(tls && { tls: toFrontendTls(tls, `${frontendPath}.tls`, draft) }),
      ...(redirectToPort !== undefined && { redirectToPort }),
    };
  });
}

/** The port that the frontend of that index sends its clients to; refuses one that cannot send them anywhere. */
function toRedirectPort(
  { frontends = [] }: AppInput,
  path: string,
  index: number,
  protocol: Protocol,
  draft: Draft,
): number | undefined {
  if (protocol !== 'http') draft.refuse(path, `belongs to protocol http, and this app is ${protocol}`, 'key');
  if (frontends[index]?.tls !== undefined) draft.refuse(path, 'its clients speak TLS already', 'key');
  const ports = frontends.flatMap(({ tls, listen }) =>
    tls === undefined ? [] : listen.flatMap((address) => ('port' in address ? [address.port] : [])),
  );
  const port = ports.find((known) => known !== 0);
  if (port === undefined)
    draft.refuse(path, 'expected another frontend of this app, with `tls` and a fixed port', 'key');
  return port;
}

/** Refuses apps that listen nowhere, and addresses that are listened on twice; the admin API's among them. */
export function checkFrontends(apps: readonly AppInput[], admin: Address | undefined, draft: Draft): void {
  const taken: ListenPlace[] = admin === undefined ? [] : [{ address: admin, path: 'admin.listen', index: 0 }];
  for (const [index, app] of apps.entries()) {
    const path = `apps[${index}]`;
    if (app.frontends === undefined && app.ports === undefined) {
      draft.refuse(path, 'expected `frontends` or `ports`: the app listens nowhere');
    }
    if (app.frontends !== undefined && app.ports !== undefined) {
      draft.refuse(`${path}.ports`, 'short for `frontends`: give one of the two', 'key');
    }
    checkTrust(app, path, draft);
    checkProxyProtocol(app, path, draft);
    checkProtocolRoutes(app, path, draft);
    for (const place of listenPlaces(app, path)) {
      const other = taken.find(({ address }) => addressesClash(address, place.address));
      if (other !== undefined) {
        const known = `${formatAddress(other.address)} at ${other.path}`;
        draft.refuse(place.path, `${formatAddress(place.address)} is taken already, by ${known}`);
      }
      taken.push(place);
    }
  }
}

/** A word that cannot come true is a misunderstanding: nobody reaches a port by a UNIX socket. */
function checkTrust({ frontends = [] }: AppInput, path: string, draft: Draft): void {
  for (const [index, { listen, trustedProxies }] of frontends.entries()) {
    const unix = trustedProxies.indexOf('unix');
    if (unix !== -1 && !listen.every((address) => 'path' in address)) {
      const place = `${path}.frontends[${index}].trustedProxies[${unix}]`;
      draft.refuse(place, 'is for frontends that listen on a UNIX socket, and this one does not');
    }
  }
}

/** A frontend that speaks TLS itself agrees on no protocol with clients of a TCP app. */
function checkProtocolRoutes({ frontends = [], routes }: AppInput, path: string, draft: Draft): void {
  const terminating = frontends.findIndex(({ tls }) => tls !== undefined);
  if (terminating === -1) return;
  for (const [index, { match }] of routes.entries()) {
    if (match.alpn === undefined) continue;
    const why = `is for TLS that is passed through, and frontends[${terminating}] speaks it itself`;
    draft.refuse(`${path}.routes[${index}].match.alpn`, why, 'key');
  }
}

function listenPlaces({ frontends, ports = [] }: AppInput, path: string): ListenPlace[] {
  if (frontends !== undefined) {
    return frontends.flatMap(({ listen }, index) =>
      listen.map((address) => ({ address, path: `${path}.frontends[${index}].listen`, index })),
    );
  }
  return ports.flatMap((addresses, index) =>
    addresses.map((address) => ({ address, path: `${path}.ports[${index}]`, index: 0 })),
  );
}

function toLimits(limits: AppInput['limits']): MessageLimits {
  return {
    requestLineBytes: limits.requestLine,
    headBytes: limits.head,
    headers: limits.headers,
    bodyBytes: limits.body,
    chunkExtensionBytes: limits.chunkExtensions,
    trailerBytes: limits.trailers,
    requestsPerConnection: limits.requestsPerConnection,
    minBytesPerSecond: limits.minRate,
  };
}
