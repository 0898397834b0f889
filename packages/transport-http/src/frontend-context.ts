import type { ExchangeTimeouts, ForwardedStyle, Handler, MessageLimits } from '@millpond/contracts';
import type { TrustedProxies } from '@millpond/transport-tcp';
import type { BackendConnection } from './backend-connection.ts';
import type { LatestSection } from './request-reader.ts';

/** What all clients of one frontend have in common. */
export interface FrontendContext {
  readonly app: string;
  /** By what requests come in. */
  readonly scheme: 'http' | 'https';
  /** How backends are told who asked. */
  readonly forwarded: ForwardedStyle;
  /** Whose word on that is taken. */
  readonly trusted: TrustedProxies;
  /** Until a route with others is known. */
  readonly timeouts: ExchangeTimeouts;
  readonly limits: MessageLimits;
  readonly latestSection: LatestSection;
  readonly handler: Handler<BackendConnection>;
  /** Every request is sent to https and this port; undefined: requests are served. */
  readonly redirectToPort: number | undefined;
}
