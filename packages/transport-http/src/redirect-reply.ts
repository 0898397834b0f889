import { hostOf } from './host.ts';
import { badRequest } from './http-errors.ts';
import { textReply, type Reply } from './replies.ts';
import type { RequestHead } from './request-head.ts';

/** The usual port of https, which need not be said. */
const HTTPS_PORT = 443;

/**
 * Sends a client to the same target by https: 308, so that method and body stay (RFC 9110 §15.4.9).
 *
 * @throws ERR_HTTP_BAD_REQUEST - an HTTP/1.0 client that says no host cannot be sent anywhere
 */
export function redirectReply({ authority, originTarget, method }: RequestHead, port: number): Reply {
  if (authority === '') throw badRequest('it names no host, and is to be redirected');
  const target = originTarget.startsWith('/') ? originTarget : '/';
  const location = `https://${hostOf(authority)}${port === HTTPS_PORT ? '' : `:${port}`}${target}`;
  return textReply(308, `Location: ${location}\r\n`, '', method);
}
