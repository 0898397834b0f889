import type { BodyFraming } from './body-framing.ts';
import { fieldSectionEnd, type FieldBlock } from './field-block.ts';
import { scanFields, type ScannedFields } from './field-scan.ts';
import type { HeadKind } from './head-reader.ts';
import { badResponse } from './http-errors.ts';
import { upgradeProtocols } from './upgrade.ts';

/** What a head says, whatever the request was. Others of the same text share it. */
export interface ParsedResponse {
  readonly fields: Readonly<ScannedFields>;
  readonly status: number;
  readonly reason: string;
  readonly minorVersion: 0 | 1;
  readonly keepAlive: boolean;
  readonly upgrade: string;
  /** The head as a client gets it whose connection stays open, from the second time on that it is said. */
  relayed: string | undefined;
  /** The same for a client whose connection ends after it. */
  relayedLast: string | undefined;
}

/** The head of a response, checked. */
export interface ResponseHead {
  /** What was parsed before, and is said again; undefined where it was not. */
  readonly known?: ParsedResponse | undefined;
  readonly status: number;
  /** May be empty. */
  readonly reason: string;
  /** 0 for HTTP/1.0. */
  readonly minorVersion: 0 | 1;
  /** End-to-end fields, Content-Length among them. A filter may exchange it. */
  block: FieldBlock;
  readonly framing: BodyFraming;
  /** What Content-Length says, though there may be no body (HEAD, 304); -1 where it says nothing. */
  readonly contentLength: number;
  /** Whether the backend will take another request on this connection. */
  readonly keepAlive: boolean;
  /** What Keep-Alive says; empty where it says nothing. */
  readonly keepAliveHint: string;
  /** The protocols that it switches to (101) or asks for (426), as a list; empty where there are none. */
  readonly upgrade: string;
}

const STATUS_LINE = /HTTP\/1\.([01]) ([1-9][0-9][0-9])(?: ([\t\x20-\x7e\x80-\xff]*))?\r\n/y;

/** The status that a head begins with, which may not be whole or well-formed otherwise; 0 where it begins with none. */
export function statusIn(text: string): number {
  return Number(/^HTTP\/1\.[01] ([1-9][0-9][0-9])(?![0-9])/.exec(text)?.[1] ?? 0);
}

/** How they are read. Most servers say the same first line again and again. */
export const RESPONSE_HEADS: HeadKind = {
  malformed: badResponse,
  canBegin: (opening) => 'HTTP/1.'.startsWith(opening.slice(0, 7)),
  hasOwnLine: false,
};

/**
 * Parses a head strictly: a backend that cannot frame its responses is not to be trusted with a connection.
 *
 * @param text - with one whole head in it, one byte per character
 * @param start - of the status line
 * @param end - behind the empty line
 * @param method - of the request: the response to HEAD has no body
 * @throws HttpError 502 (RFC 9112 §4 to §6)
 */
export function parseResponseHead(text: string, start: number, end: number, method: string): ResponseHead {
  return responseTo(method, parseResponse(text, start, end), false);
}

/** Like {@link parseResponseHead}, as far as it does not depend on the request. */
export function parseResponse(text: string, start: number, end: number): ParsedResponse {
  STATUS_LINE.lastIndex = start;
  const line = STATUS_LINE.exec(text);
  if (line === null) throw badResponse('the status line is not "HTTP/1.1 status reason"');
  const fields = parseFields(text, STATUS_LINE.lastIndex, end);
  const isOld = line[1] === '0';
  const status = Number(line[2]);
  const { transferEncoding, contentLength } = fields;
  if (transferEncoding !== undefined) {
    if (contentLength !== -1) throw badResponse('Content-Length and Transfer-Encoding together');
    if (isOld || transferEncoding.toLowerCase() !== 'chunked') {
      throw badResponse('a Transfer-Encoding that is not "chunked"');
    }
  }
  return {
    fields,
    status,
    reason: line[3] ?? '',
    minorVersion: isOld ? 0 : 1,
    keepAlive: !fields.saysClose && (!isOld || fields.saysKeepAlive),
    upgrade: (status === 101 || status === 426) && !isOld ? upgradeProtocols(fields, badResponse) : '',
    relayed: undefined,
    relayedLast: undefined,
  };
}

/**
 * What was parsed, as the response to one request.
 *
 * @param isKnown - whether it was parsed for an earlier one
 */
export function responseTo(method: string, parsed: ParsedResponse, isKnown: boolean): ResponseHead {
  const { fields, status, reason, minorVersion, keepAlive, upgrade } = parsed;
  const { block, contentLength, transferEncoding } = fields;
  return {
    known: isKnown ? parsed : undefined,
    status,
    reason,
    minorVersion,
    block,
    framing: responseFraming(status, method, transferEncoding !== undefined, contentLength),
    contentLength,
    keepAlive,
    keepAliveHint: fields.keepAlive,
    upgrade,
  };
}

function parseFields(text: string, start: number, end: number): ScannedFields {
  if (fieldSectionEnd(text, start) !== end) throw badResponse('a header line is not "name: value"');
  return scanFields(text, start, end - 2, badResponse, false);
}

function responseFraming(status: number, method: string, chunked: boolean, contentLength: number): BodyFraming {
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return 'none';
  if (chunked) return 'chunked';
  if (contentLength === -1) return 'close';
  return contentLength > 0 ? 'length' : 'none';
}
