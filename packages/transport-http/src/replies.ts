import { STATUS_CODES } from 'node:http';
import { prefersJson } from './accept.ts';
import type { HttpError } from './http-errors.ts';
import { proxyStatus } from './proxy-status.ts';
import type { ResponseHead } from './response-head.ts';

/** A response that the proxy makes itself. */
export interface Reply {
  readonly head: ResponseHead;
  /** One byte per character; empty where there can be none. */
  readonly body: string;
}

/** Codes of errors that pass by themselves, and may have passed after a second. */
const PASSING: ReadonlySet<string> = new Set(['ERR_POOL_QUEUE_FULL', 'ERR_POOL_ACQUIRE_TIMEOUT']);

/**
 * Says by status and code what happened, for an error of the proxy's own: as a short text or, to who would rather have
 * JSON, as problem details (RFC 9457). What else the error knows is for operators.
 *
 * @param method - of the request; empty where none was read
 * @param accept - what it says of the types that it takes
 */
export function errorReply(error: HttpError, method: string, accept: string | undefined): Reply {
  const { status, code } = error;
  const title = STATUS_CODES[status] ?? 'Error';
  const retryAfter = PASSING.has(code) ? 'Retry-After: 1\r\n' : '';
  const block = `Proxy-Status: ${proxyStatus(error)}\r\n${retryAfter}${method === '' ? '' : 'Vary: Accept\r\n'}`;
  if (!prefersJson(accept)) return textReply(status, block, `${status} ${title} (${code})\n`, method);
  const problem = JSON.stringify({ type: 'about:blank', title, status, code });
  return textReply(status, `${block}Content-Type: application/problem+json\r\n`, `${problem}\n`, method);
}

/**
 * A response with a body of text, as plain text in UTF-8 unless the fields say otherwise.
 *
 * @param block - checked field lines
 * @param method - of the request: a response to HEAD has the length but not the body
 */
export function textReply(status: number, block: string, text: string, method: string): Reply {
  const body = Buffer.from(text, 'utf8').toString('latin1');
  const type = /^content-type:/im.test(block) ? '' : 'Content-Type: text/plain; charset=utf-8\r\n';
  const hasBody = method !== 'HEAD' && status !== 204 && status !== 304;
  return {
    head: {
      status,
      reason: STATUS_CODES[status] ?? '',
      minorVersion: 1,
      block: `${block}${type}Content-Length: ${body.length}\r\n`,
      framing: hasBody && body.length > 0 ? 'length' : 'none',
      contentLength: body.length,
      keepAlive: true,
      keepAliveHint: '',
      upgrade: '',
    },
    body: hasBody ? body : '',
  };
}
