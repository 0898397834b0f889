import type { Engine } from './engine.ts';
import { clientResponseHead } from './forward-head.ts';
import { isOurFault, type HttpError } from './http-errors.ts';
import type { Outgoing } from './outgoing.ts';
import { errorReply } from './replies.ts';

/** Answers what is not even a request, and counts it as one. The connection is to be closed then. */
export function refuse(engine: Engine, app: string, clientAddress: string, out: Outgoing, error: HttpError): void {
  if (isOurFault(error)) engine.noteFault(error);
  const { head, body } = errorReply(error.status, error.code, '');
  out.text(clientResponseHead(head, { chunked: false, keepAlive: false, minorVersion: 1 }) + body);
  out.flush();
  engine.requestEnded({
    app,
    protocol: 'http',
    clientAddress,
    upstream: undefined,
    backend: undefined,
    method: '',
    target: '',
    status: error.status,
    bytesIn: 0,
    bytesOut: body.length,
    durationMs: 0,
    result: 'aborted',
    errorCode: error.code,
  });
}
