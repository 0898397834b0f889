import type { Engine } from './engine.ts';
import { clientResponseHead } from './forward-head.ts';
import { isOurFault, type HttpError } from './http-errors.ts';
import type { Outgoing } from './outgoing.ts';
import { errorReply } from './replies.ts';

/** What is known of what is refused. */
export interface Refused {
  readonly app: string;
  readonly clientAddress: string;
  /** When its first bytes came. */
  readonly begunAt: number;
  /** Empty where it cannot be read. */
  readonly method: string;
  readonly target: string;
}

/** Answers what is not even a request, and counts it as one. The connection is to be closed then. */
export function refuse(engine: Engine, refused: Refused, out: Outgoing, error: HttpError): void {
  if (isOurFault(error)) engine.noteFault(error);
  const { app, clientAddress, begunAt, method, target } = refused;
  const { head, body } = errorReply(error, '', undefined);
  out.text(clientResponseHead(head, { chunked: false, keepAlive: false, minorVersion: 1 }) + body);
  out.flush();
  engine.requestEnded({
    app,
    protocol: 'http',
    clientAddress,
    upstream: undefined,
    backend: undefined,
    method,
    target,
    status: error.status,
    bytesIn: 0,
    bytesOut: body.length,
    durationMs: engine.clock.now() - begunAt,
    result: 'refused',
    errorCode: error.code,
    reason: error.message,
  });
}
