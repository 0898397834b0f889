import type { ExchangeTimeouts, Handler, MessageLimits } from '@millpond/contracts';
import type { BackendConnection } from './backend-connection.ts';

/** What all clients of one frontend have in common. */
export interface FrontendContext {
  readonly app: string;
  /** Until a route with others is known. */
  readonly timeouts: ExchangeTimeouts;
  readonly limits: MessageLimits;
  readonly handler: Handler<BackendConnection>;
}
