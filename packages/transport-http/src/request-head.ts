import type { MessageLimits } from '@millpond/contracts';
import type { BodyFraming } from './body-framing.ts';
import type { Claims } from './claims.ts';
import { isToken, removeField, type FieldBlock } from './field-block.ts';
import type { HeadKind } from './head-reader.ts';
import { hostOf, isValidAuthority } from './host.ts';
import { badRequest, headTooLarge, notImplemented, targetTooLong, versionNotSupported } from './http-errors.ts';
import { parseRequestFields, type RequestFields } from './request-fields.ts';
import { upgradeProtocols } from './upgrade.ts';

/** The head of a request, checked. */
export interface RequestHead {
  readonly fields: RequestFields;
  readonly method: string;
  /** As the client sent it. */
  readonly target: string;
  /** What goes to the backend: the origin form of `target`, byte for byte. */
  readonly originTarget: string;
  /** `originTarget` without its query. */
  readonly path: string;
  /** The host asked for: lower case, without a port; empty where an HTTP/1.0 client named none. */
  readonly host: string;
  /** What the Host field says, or the authority of an absolute target; empty where there is none. */
  readonly authority: string;
  /** 0 for HTTP/1.0. */
  readonly minorVersion: 0 | 1;
  /** End-to-end fields, Host and Content-Length among them. A filter may exchange it. */
  block: FieldBlock;
  /** What it says of who asked; undefined where it says nothing. */
  readonly claims: Claims | undefined;
  readonly framing: BodyFraming;
  /** Body bytes; -1 for chunked. */
  readonly contentLength: number;
  /** Whether the client would send another request on its connection. */
  readonly keepAlive: boolean;
  readonly expectsContinue: boolean;
  /** The protocols that the client would switch to, as a list; empty where there are none. */
  readonly upgrade: string;
}

/** Printable ASCII without `#`: a fragment never belongs to a target (RFC 9112 §3.2). */
const TARGET = /^[\x21\x22\x24-\x7e]+$/;
const OPENING = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]/;
const ABSOLUTE = /^https?:\/\/([^/?]*)(.*)$/i;

/** How they are read; they begin with a token, the method. */
export const REQUEST_HEADS: HeadKind = {
  malformed: badRequest,
  canBegin: (opening) => OPENING.test(opening),
  hasOwnLine: true,
};

/** What a request asks for. */
export interface RequestLine {
  readonly method: string;
  readonly target: string;
}

/** As much of it as is worth telling. */
const REQUEST_LINE = /^(?:\r\n)?([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}) ([\x21\x22\x24-\x7e]{1,2048})/;

/** The request line of a head that is refused, or has not come whole: of the target as much as came, up to 2048 characters. */
export function readRequestLine(text: string): RequestLine {
  const [, method = '', target = ''] = REQUEST_LINE.exec(text) ?? [];
  return { method, target };
}

/**
 * Parses a head strictly: what is ambiguous or malformed is refused, never repaired.
 *
 * @param text - with one whole head in it, one byte per character
 * @param start - of the request line
 * @param end - behind the empty line
 * @param known - what its field section says, where the same one was parsed before
 * @throws HttpError 400, 414, 417, 431, 501, 505 (RFC 9112 §2 to §6, RFC 9110 §7.2)
 */
export function parseRequestHead(
  text: string,
  start: number,
  end: number,
  limits: MessageLimits,
  known?: RequestFields,
): RequestHead {
  const lineEnd = text.indexOf('\r\n', start);
  if (exceeds(lineEnd - start, limits.requestLineBytes)) throw targetTooLong(limits.requestLineBytes);
  if (exceeds(end - start, limits.headBytes)) throw headTooLarge(`more than ${limits.headBytes} bytes`);
  const methodEnd = text.indexOf(' ', start);
  const targetEnd = text.indexOf(' ', methodEnd + 1);
  if (methodEnd === -1 || targetEnd === -1 || targetEnd > lineEnd) {
    throw badRequest('the request line has not three parts');
  }
  const method = text.slice(start, methodEnd);
  const target = text.slice(methodEnd + 1, targetEnd);
  if (!isToken(method)) throw badRequest('the method is not a token');
  if (!TARGET.test(target)) throw badRequest('the target has characters that must be encoded');
  const minorVersion = parseVersion(text.slice(targetEnd + 1, lineEnd));

  const fields = known ?? parseRequestFields(text, lineEnd + 2, end, limits);
  const { said } = fields;
  if (method === 'CONNECT' || method === 'TRACE') throw notImplemented(`the method ${method}`);
  if (said.host === undefined && minorVersion === 1) throw badRequest('no Host field');
  const { originTarget, authority, isAbsolute } = resolveTarget(method, target, said.host ?? '');
  const framing = requestFraming(said.transferEncoding, said.contentLength, minorVersion);
  const expectsContinue = fields.expectsContinue && minorVersion === 1;
  let { block } = said;
  // The authority of the target replaces the Host field (RFC 9112 §3.2.2).
  if (isAbsolute) block = `${removeField(block, 'host')}Host: ${authority}\r\n`;
  if (fields.expectsContinue && !expectsContinue) block = removeField(block, 'expect');
  const query = originTarget.indexOf('?');
  return {
    fields,
    method,
    target,
    originTarget,
    path: query === -1 ? originTarget : originTarget.slice(0, query),
    host: isAbsolute ? hostOf(authority) : fields.host,
    authority,
    minorVersion,
    block,
    claims: said.claims,
    framing,
    contentLength: framing === 'none' ? 0 : said.contentLength,
    keepAlive: minorVersion === 1 ? !said.saysClose : said.saysKeepAlive && !said.saysClose,
    expectsContinue,
    upgrade: minorVersion === 1 && framing === 'none' ? upgradeProtocols(said, badRequest) : '',
  };
}

function exceeds(size: number, limit: number): boolean {
  return limit > 0 && size > limit;
}

function parseVersion(version: string): 0 | 1 {
  if (version === 'HTTP/1.1') return 1;
  if (version === 'HTTP/1.0') return 0;
  if (!/^HTTP\/[0-9]\.[0-9]$/.test(version)) throw badRequest('the request line does not end in an HTTP version');
  // A later minor version is spoken to as 1.1 (RFC 9110 §2.5).
  if (version.startsWith('HTTP/1.')) return 1;
  throw versionNotSupported(version);
}

interface ResolvedTarget {
  readonly originTarget: string;
  readonly authority: string;
  readonly isAbsolute: boolean;
}

function resolveTarget(method: string, target: string, host: string): ResolvedTarget {
  if (target.startsWith('/') || (target === '*' && method === 'OPTIONS')) {
    return { originTarget: target, authority: host, isAbsolute: false };
  }
  const [, authority, rest] = ABSOLUTE.exec(target) ?? [];
  if (authority === undefined || rest === undefined) throw badRequest('the target is neither a path nor an http URL');
  if (!isValidAuthority(authority)) throw badRequest('the target names no valid host');
  return { originTarget: originForm(method, rest), authority, isAbsolute: true };
}

/** What follows the authority, as a request says it to the server itself (RFC 9112 §3.2.1, §3.2.4). */
function originForm(method: string, rest: string): string {
  if (rest.startsWith('/')) return rest;
  return rest === '' && method === 'OPTIONS' ? '*' : `/${rest}`;
}

function requestFraming(transferEncoding: string | undefined, contentLength: number, minorVersion: 0 | 1): BodyFraming {
  if (transferEncoding === undefined) return contentLength > 0 ? 'length' : 'none';
  if (minorVersion === 0) throw badRequest('Transfer-Encoding in an HTTP/1.0 request');
  if (contentLength !== -1) throw badRequest('Content-Length and Transfer-Encoding together');
  if (transferEncoding.toLowerCase() === 'chunked') return 'chunked';
  if (/^(?:gzip|x-gzip|deflate|compress|x-compress)(?:\s*,\s*chunked)?$/i.test(transferEncoding)) {
    throw notImplemented('a transfer coding other than chunked');
  }
  throw badRequest('a Transfer-Encoding that is not "chunked"');
}
