import type { HttpError } from './http-errors.ts';

/** Causes that are followed, lest they go round in a circle. */
const MAX_DEPTH = 8;

/** The error types of RFC 9209 §2.3 for our codes. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['ERR_HTTP_NO_ROUTE', 'destination_not_found'],
  ['ERR_HTTP_BAD_RESPONSE', 'http_protocol_error'],
  ['ERR_HTTP_BACKEND_RESET', 'connection_terminated'],
  ['ERR_HTTP_BACKEND_TIMEOUT', 'http_response_timeout'],
  ['ERR_UPSTREAM_CONNECT_FAILED', 'connection_refused'],
  ['ERR_UPSTREAM_CONNECT_TIMEOUT', 'connection_timeout'],
  ['ERR_TCP_CONNECT_FAILED', 'connection_refused'],
  ['ERR_TLS_HANDSHAKE_FAILED', 'tls_protocol_error'],
  ['ERR_TCP_CONNECT_TIMEOUT', 'connection_timeout'],
  ['ERR_POOL_QUEUE_FULL', 'connection_limit_reached'],
  ['ERR_POOL_ACQUIRE_TIMEOUT', 'connection_limit_reached'],
]);

/** For codes that are not listed, those of other upstreams among them. Of what is left, the request was not acceptable. */
const TYPES_BY_STATUS: ReadonlyMap<number, string> = new Map([
  [500, 'proxy_internal_error'],
  [502, 'proxy_internal_error'],
  [503, 'destination_unavailable'],
  [504, 'connection_timeout'],
]);

/** What lies underneath a connection that could not be made, where that is more exact. */
const SYSTEM_TYPES: ReadonlyMap<string, string> = new Map([
  ['ERR_TLS_HANDSHAKE_FAILED', 'tls_protocol_error'],
  ['ENOTFOUND', 'dns_error'],
  ['EAI_AGAIN', 'dns_timeout'],
  ['EHOSTUNREACH', 'destination_ip_unroutable'],
  ['ENETUNREACH', 'destination_ip_unroutable'],
  ['ECONNRESET', 'connection_terminated'],
  ['ETIMEDOUT', 'connection_timeout'],
]);

/**
 * What Proxy-Status says of an error (RFC 9209): its registered type, the status of a response that was refused, and our
 * code. Neither backends nor messages are named, since anybody may read it.
 */
export function proxyStatus(error: HttpError): string {
  const received = error.receivedStatus === 0 ? '' : `; received-status=${error.receivedStatus}`;
  return `millpond; error=${typeOf(error)}${received}; details="${error.code}"`;
}

function typeOf(error: HttpError): string {
  const type = TYPES.get(error.code) ?? TYPES_BY_STATUS.get(error.status) ?? 'http_request_error';
  return (type === 'connection_refused' ? systemType(error) : undefined) ?? type;
}

function systemType(error: Error): string | undefined {
  let cause: unknown = error.cause;
  for (let depth = 0; depth < MAX_DEPTH && cause instanceof Error; depth++) {
    const type = 'code' in cause && typeof cause.code === 'string' ? SYSTEM_TYPES.get(cause.code) : undefined;
    if (type !== undefined) return type;
    ({ cause } = cause);
  }
  return undefined;
}
