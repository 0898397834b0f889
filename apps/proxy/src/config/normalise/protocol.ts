import type { Protocol } from '../proxy-config.ts';
import type { AppInput } from '../schema/app-schema.ts';
import type { Draft } from './draft.ts';

/** Of each of `frontends`. */
const HTTP_FRONTEND_KEYS = ['trustedProxies', 'forwarded'];
const HTTP_KEYS = ['filters', 'limits', 'timeouts.request', 'timeouts.tunnel'];

const TCP_KEYS = ['halfClose', 'timeouts.fin', 'timeouts.session'];

/** What the app at `path` speaks; refuses one that does not say, and what belongs to another protocol. */
export function protocolOf(app: AppInput, path: string, draft: Draft): Protocol {
  const protocol = app.protocol ?? (app.targets === undefined ? undefined : 'tcp');
  if (protocol === undefined) {
    draft.refuse(
      `${path}.protocol`,
      'expected "http" or "tcp", but it is missing; only an app with `targets` may leave it out',
    );
  }
  const ofFrontends = (app.frontends ?? []).flatMap(({ proxyProtocol }, index) =>
    HTTP_FRONTEND_KEYS.filter((key) => key !== 'trustedProxies' || proxyProtocol === undefined).map(
      (key) => `frontends[${index}].${key}`,
    ),
  );
  const other = protocol === 'tcp' ? 'http' : 'tcp';
  for (const key of protocol === 'tcp' ? [...HTTP_KEYS, ...ofFrontends] : TCP_KEYS) {
    if (draft.has(`${path}.${key}`))
      draft.refuse(`${path}.${key}`, `belongs to protocol ${other}, and this app is ${protocol ?? 'http'}`, 'key');
  }
  return protocol ?? 'http';
}
