import { MillpondError } from '@millpond/contracts';

/** What more there is to say of an {@link HttpError}. */
interface HttpErrorOptions extends ErrorOptions {
  readonly receivedStatus?: number;
}

/** An error that a client is told of by a status. */
export class HttpError extends MillpondError {
  override readonly name = 'HttpError';
  /** The HTTP status that goes with it. */
  readonly status: number;
  /** Status of the backend's response that was refused; 0 where there was none. */
  readonly receivedStatus: number;

  constructor(status: number, code: string, message: string, options?: HttpErrorOptions) {
    super(code, message, options);
    this.status = status;
    this.receivedStatus = options?.receivedStatus ?? 0;
  }
}

/** Makes the error for malformed input of one side: {@link badRequest} or {@link badResponse}. */
export type Malformed = (what: string) => HttpError;

// --- the client's fault -----------------------------------------------------------------------------------------------

/** 400: the request breaks the rules of RFC 9112 or 9110. */
export function badRequest(what: string): HttpError {
  return new HttpError(400, 'ERR_HTTP_BAD_REQUEST', `The request is malformed: ${what}.`);
}

/** 404: the handler knows no route. */
export function noRoute(): HttpError {
  return new HttpError(404, 'ERR_HTTP_NO_ROUTE', 'No route matches this host and path, and there is no default.');
}

/** 408: the client was too slow. */
export function requestTimedOut(): HttpError {
  return new HttpError(
    408,
    'ERR_HTTP_REQUEST_TIMEOUT',
    'The request did not come in time. Raise `timeouts.header` or `timeouts.idle` if clients may be that slow.',
  );
}

/** 408, or nobody is told where the response has begun: the client was below the minimum rate. */
export function clientTooSlow(bytesPerSecond: number): HttpError {
  return new HttpError(
    408,
    'ERR_HTTP_CLIENT_TOO_SLOW',
    `The client sent or took less than ${bytesPerSecond} bytes per second. Lower \`limits.minRate\` if clients may be that slow.`,
  );
}

/** 413: the body is beyond the limit. */
export function bodyTooLarge(limit: number): HttpError {
  return new HttpError(
    413,
    'ERR_HTTP_BODY_TOO_LARGE',
    `The request body is larger than ${limit} bytes. Raise \`limits.body\` if it is meant.`,
  );
}

/** 414: the request line is beyond the limit. */
export function targetTooLong(limit: number): HttpError {
  return new HttpError(
    414,
    'ERR_HTTP_TARGET_TOO_LONG',
    `The request line is longer than ${limit} bytes. Raise \`limits.requestLine\` if it is meant.`,
  );
}

/** 417: the client expects something unknown. */
export function expectationFailed(): HttpError {
  return new HttpError(417, 'ERR_HTTP_EXPECTATION_FAILED', 'Only "Expect: 100-continue" is known.');
}

/** 431: the head, or the number of its fields, is beyond the limit. */
export function headTooLarge(what: string): HttpError {
  return new HttpError(
    431,
    'ERR_HTTP_HEAD_TOO_LARGE',
    `The request head is too large: ${what}. Raise \`limits\` if it is meant.`,
  );
}

/** 501: a method or a transfer coding that this proxy does not speak. */
export function notImplemented(what: string): HttpError {
  return new HttpError(501, 'ERR_HTTP_NOT_IMPLEMENTED', `Not supported by this proxy: ${what}.`);
}

/** 505: HTTP/2 without negotiation, or something that never was. */
export function versionNotSupported(version: string): HttpError {
  return new HttpError(505, 'ERR_HTTP_VERSION_NOT_SUPPORTED', `${version} is not spoken here. Use HTTP/1.1.`);
}

// --- the backend's fault ----------------------------------------------------------------------------------------------

/** 502: the response breaks the rules. */
export function badResponse(what: string): HttpError {
  return new HttpError(502, 'ERR_HTTP_BAD_RESPONSE', `The backend's response is malformed: ${what}.`);
}

/** A {@link badResponse} with the status of the response that it refuses; any other error as it is. */
export function withReceivedStatus(error: HttpError, receivedStatus: number): HttpError {
  const { status, code, message } = error;
  return code === 'ERR_HTTP_BAD_RESPONSE' ? new HttpError(status, code, message, { receivedStatus }) : error;
}

/** 502: the backend went away. */
export function backendReset(cause: Error | undefined): HttpError {
  return new HttpError(
    502,
    'ERR_HTTP_BACKEND_RESET',
    'The backend closed the connection before its response was whole.',
    cause === undefined ? undefined : { cause },
  );
}

/** 504: no head of a response came. */
export function backendTimedOut(limitMs: number): HttpError {
  return new HttpError(
    504,
    'ERR_HTTP_BACKEND_TIMEOUT',
    `There was no answer within ${limitMs} ms. Raise \`timeouts.request\` if backends may be that slow.`,
  );
}

/** A response stopped coming, or stopped being taken. Nobody is told: the response has begun. */
export function idleTimedOut(limitMs: number): HttpError {
  return new HttpError(
    504,
    'ERR_HTTP_IDLE_TIMEOUT',
    `Not a byte of the response came, or could be handed on, for ${limitMs} ms. Raise \`timeouts.idle\` if that is meant.`,
  );
}

/** Told to the log alone: the client is cut off. */
export function cutOff(): HttpError {
  return new HttpError(
    503,
    'ERR_HTTP_ABORTED',
    'The proxy was stopped, and the time to finish was over. Raise `shutdown.timeout` if clients need longer.',
  );
}

// --- ours -------------------------------------------------------------------------------------------------------------

/** 500: a filter asked for what cannot be sent. */
export function invalidHeader(name: string, why: string): HttpError {
  return new HttpError(500, 'ERR_HTTP_INVALID_HEADER', `Cannot change the header ${JSON.stringify(name)}: ${why}.`);
}

/** 500 or 502: a hook of a filter threw. */
export function filterFailed(status: number, cause: unknown): HttpError {
  return new HttpError(status, 'ERR_HTTP_FILTER_FAILED', 'A filter threw; see the cause.', { cause });
}

/** Anything that was thrown, as an error with a status; 500 for what nobody foresaw. */
export function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  return new HttpError(500, 'ERR_HTTP_INTERNAL', 'Something of the proxy or of a plugin threw; see the cause.', {
    cause: error,
  });
}

/** Whether an operator has to look at the cause: the fault is neither the client's nor the backend's. */
export function isOurFault(error: HttpError): boolean {
  return error.code === 'ERR_HTTP_INTERNAL' || error.code === 'ERR_HTTP_FILTER_FAILED';
}

const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  ERR_TCP_CONNECT_FAILED: 502,
  ERR_TCP_CONNECT_TIMEOUT: 504,
  ERR_TLS_HANDSHAKE_FAILED: 502,
  ERR_UPSTREAM_CONNECT_FAILED: 502,
  ERR_UPSTREAM_CONNECT_TIMEOUT: 504,
};

/** Any failure to get a connection, under its own code where it has one: 502, 503 or 504. */
export function unavailable(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  const code = errorCode(error) ?? 'ERR_HTTP_UNAVAILABLE';
  const message = error instanceof Error ? error.message : String(error);
  return new HttpError(STATUS_OF_CODE[code] ?? 503, code, message, { cause: error });
}

/** What may be said to a client: a code of an upstream may be anything. */
const CODE = /^[A-Z][A-Z0-9_]{0,63}$/;

function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' && CODE.test(error.code) ? error.code : undefined;
}
