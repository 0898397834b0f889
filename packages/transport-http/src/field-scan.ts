import { noteClaim, noteOtherClaim, type ClaimsInProgress } from './claims.ts';
import { removeAllFields, trimmed, type FieldBlock } from './field-block.ts';
import type { Malformed } from './http-errors.ts';

/** What a field section says of its message, and the fields that go on to the other side. */
export interface ScannedFields {
  /** End-to-end fields: without those that belong to this connection and those that the proxy says itself. */
  block: FieldBlock;
  count: number;
  /** -1 where there is none. */
  contentLength: number;
  /** The value of Transfer-Encoding, undefined where there is none. */
  transferEncoding: string | undefined;
  /** The value of Host, undefined where there is none. */
  host: string | undefined;
  /** The value of Expect, undefined where there is none. */
  expect: string | undefined;
  /** The value of Upgrade, undefined where there is none; it means nothing where `saysUpgrade` is false. */
  upgrade: string | undefined;
  /** Undefined where there are none. */
  claims: ClaimsInProgress | undefined;
  /** The value of Keep-Alive; empty where there is none. */
  keepAlive: string;
  saysClose: boolean;
  saysKeepAlive: boolean;
  saysUpgrade: boolean;
}

/** Fields that a Connection field may name without having them removed (RFC 9110 §7.6.1 read with care). */
const PROTECTED: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'authorization',
  'cookie',
  'set-cookie',
  'via',
]);

/** What {@link scanFields} looks at, with the same names where `_` stands for `-`; all others are passed on as they are. */
const NOTED_NAMES = [
  'connection',
  'content-length',
  'expect',
  'forwarded',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
];

/** What others begin with that say who asked. */
const FORWARDED = 'x-forwarded-';
/** Those that begin so and are read. */
const NAMED_CLAIMS: ReadonlySet<string> = new Set(NOTED_NAMES.filter((name) => name.startsWith(FORWARDED)));
const X = 120;
const F = 102;

/** All of them are shorter. */
const LONGEST_NOTED = 32;
const NOTED = new Uint8Array(LONGEST_NOTED * 32);
for (const name of NOTED_NAMES) NOTED[notedIndex(name.length, name.charCodeAt(0))] = 1;

/** By length and first letter in any case: few others have both in common, so few names are made strings in vain. */
function notedIndex(length: number, firstCode: number): number {
  return length * 32 + (firstCode & 31);
}

/** Whether the name at `line` may be one of {@link NOTED_NAMES}. */
function isNoted(text: string, line: number, length: number): boolean {
  return length < LONGEST_NOTED && NOTED[notedIndex(length, text.charCodeAt(line))] === 1;
}

/** Whether the name at `line` may begin with {@link FORWARDED}. */
function mayBeForwarded(text: string, line: number, length: number): boolean {
  return length > FORWARDED.length && (text.charCodeAt(line) | 32) === X && (text.charCodeAt(line + 2) | 32) === F;
}

/**
 * Reads a well-formed field section once: notes what frames the message and leaves out what is hop-by-hop (RFC 9110
 * §7.6.1) or not to be believed from outside: Forwarded and X-Forwarded-*, which are set apart, and their aliases with
 * underscores.
 *
 * @param start - of the first field line
 * @param end - behind the last field line, before the empty one
 * @param isRequest - whether all of X-Forwarded-* says who asked
 */
export function scanFields(
  text: string,
  start: number,
  end: number,
  malformed: Malformed,
  isRequest: boolean,
): ScannedFields {
  const fields: ScannedFields = {
    block: '',
    count: 0,
    contentLength: -1,
    transferEncoding: undefined,
    host: undefined,
    expect: undefined,
    upgrade: undefined,
    claims: undefined,
    keepAlive: '',
    saysClose: false,
    saysKeepAlive: false,
    saysUpgrade: false,
  };
  let connection = '';
  let oddLength = false;
  let kept = '';
  let keepFrom = start;
  for (let line = start; line < end;) {
    const colon = text.indexOf(':', line);
    // One character is found faster than two, and there is no bare LF.
    const next = text.indexOf('\n', colon) + 1;
    const length = colon - line;
    fields.count++;
    if (isNoted(text, line, length) || (isRequest && mayBeForwarded(text, line, length))) {
      const said = text.slice(line, colon);
      const name = said.toLowerCase();
      const value = trimmed(text, colon + 1, next - 2);
      const isOddLength = name === 'content-length' && isOdd(text, colon + 1, next - 2, value);
      const isOtherClaim = isRequest && name.startsWith(FORWARDED) && !NAMED_CLAIMS.has(name);
      if (isOtherClaim) fields.claims = noteOtherClaim(fields.claims, said, value);
      if (isOtherClaim || !note(fields, name, value, malformed) || isOddLength) {
        if (name === 'connection') connection = connection === '' ? value : `${connection},${value}`;
        oddLength ||= isOddLength;
        kept += text.slice(keepFrom, line);
        keepFrom = next;
      }
    }
    line = next;
  }
  fields.block = keepFrom === start ? text.slice(start, end) : kept + text.slice(keepFrom, end);
  if (oddLength) fields.block += `Content-Length: ${fields.contentLength}\r\n`;
  if (connection !== '') obeyConnection(fields, connection);
  return fields;
}

/**
 * Whether a length, though valid, is said as not all who read it may take it: with zeros in front, or more around it than
 * one space before. Node takes a tab behind it for part of it.
 */
function isOdd(text: string, start: number, end: number, value: string): boolean {
  const blanks = end - start - value.length;
  return blanks > 1 || (blanks === 1 && text[start] !== ' ') || (value.length > 1 && value.startsWith('0'));
}

/** Notes one field; false if it does not go on to the other side. */
function note(fields: ScannedFields, name: string, value: string, malformed: Malformed): boolean {
  switch (name) {
    case 'host':
      if (fields.host !== undefined) throw malformed('more than one Host field');
      fields.host = value;
      return true;
    case 'content-length':
      if (fields.contentLength !== -1) throw malformed('more than one Content-Length field');
      fields.contentLength = parseContentLength(value, malformed);
      return true;
    case 'transfer-encoding':
      fields.transferEncoding = fields.transferEncoding === undefined ? value : `${fields.transferEncoding},${value}`;
      return false;
    case 'expect':
      fields.expect = fields.expect === undefined ? value : `${fields.expect},${value}`;
      return true;
    case 'upgrade':
      fields.upgrade = fields.upgrade === undefined ? value : `${fields.upgrade},${value}`;
      return false;
    case 'keep-alive':
      fields.keepAlive = value;
      return false;
    case 'connection':
    case 'proxy-connection':
    case 'te':
      return false;
    case 'forwarded':
    case 'x-forwarded-for':
    case 'x-forwarded-host':
    case 'x-forwarded-proto':
      fields.claims = noteClaim(fields.claims, name, value);
      return false;
    default:
      return !isAlias(name);
  }
}

/** Names that a backend may take for others: CGI knows no difference between `-` and `_`. */
const ALIASED: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding', 'proxy-connection']);

function isAlias(name: string): boolean {
  if (!name.includes('_')) return false;
  const usual = name.replaceAll('_', '-');
  return ALIASED.has(usual) || (usual.startsWith(FORWARDED) && !name.startsWith(FORWARDED));
}

/** Said anew, those that come first are set apart already; others of their kind are as much about who asked. */
function isProtected(name: string): boolean {
  return PROTECTED.has(name) || name.startsWith(FORWARDED);
}

function obeyConnection(fields: ScannedFields, connection: string): void {
  let named: Set<string> | undefined;
  // Splitting costs 100 ns, and hardly ever is there more than one.
  for (const item of connection.includes(',') ? connection.split(',') : [connection]) {
    const option = trimmed(item).toLowerCase();
    if (option === 'close') fields.saysClose = true;
    else if (option === 'keep-alive') fields.saysKeepAlive = true;
    else if (option === 'upgrade') fields.saysUpgrade = true;
    else if (option !== '' && !isProtected(option)) (named ??= new Set()).add(option);
  }
  if (named !== undefined) fields.block = removeAllFields(fields.block, named);
}

/** Digits only, at most 2^53 - 1 (RFC 9110 §8.6); a list, even of equal values, is refused. */
function parseContentLength(value: string, malformed: Malformed): number {
  const length = /^[0-9]+$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(length)) throw malformed('an invalid Content-Length');
  return length;
}
