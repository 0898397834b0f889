import { STATUS_CODES } from 'node:http';
import type { ResponseHead } from './response-head.ts';

/** A response that the proxy makes itself. */
export interface Reply {
  readonly head: ResponseHead;
  /** One byte per character; empty where there can be none. */
  readonly body: string;
}

/** A short text that says what happened, for an error of the proxy's own. */
export function errorReply(status: number, code: string, method: string): Reply {
  return textReply(status, '', `${status} ${STATUS_CODES[status] ?? 'Error'} (${code})\n`, method);
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
      block: `${block}${type}Content-Length: ${body.length}\r\n`,
      framing: hasBody && body.length > 0 ? 'length' : 'none',
      contentLength: body.length,
      keepAlive: true,
      upgrade: '',
    },
    body: hasBody ? body : '',
  };
}
