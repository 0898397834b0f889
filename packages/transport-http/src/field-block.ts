import { invalidHeader } from './http-errors.ts';

/**
 * Header fields as one string of lines, `Name: value\r\n` each, as they go over the wire. Requests and responses pass
 * through in this form; no object is made of them. These helpers are for who wants to look or change: filters,
 * strategies that hash a header.
 */
export type FieldBlock = string;

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Zero or more field lines and the empty one: names are tokens, no white space before the colon, no folding, no bare CR
 * or LF, no control characters (RFC 9112 §5, RFC 9110 §5.5).
 */
const FIELD_SECTION = /(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n)*\r\n/y;

const COLON = 58;

/** Where the well-formed field section that starts at `start` ends, behind its empty line; -1 where it is malformed. */
export function fieldSectionEnd(text: string, start: number): number {
  FIELD_SECTION.lastIndex = start;
  return FIELD_SECTION.test(text) ? FIELD_SECTION.lastIndex : -1;
}

/** Whether `text` is a token (RFC 9110 §5.6.2): a method or a field name. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** Whether `text` can be the value of a field (RFC 9110 §5.5): one line, no control characters, nothing above U+00FF. */
export function isFieldValue(text: string): boolean {
  return FIELD_VALUE.test(text);
}

/** `text` from `start` to `end` without the spaces and tabs around it; what else `trim()` removes is part of a value. */
export function trimmed(text: string, start = 0, end = text.length): string {
  let from = start;
  let to = end;
  while (from < to && isBlank(text.charCodeAt(from))) from++;
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

/** First value of a field; `name` in lower case. */
export function findField(block: FieldBlock, name: string): string | undefined {
  for (let start = 0; start < block.length;) {
    const end = block.indexOf('\r\n', start);
    if (isNamed(block, start, name)) return trimmed(block, start + name.length + 1, end);
    start = end + 2;
  }
  return undefined;
}

/** The block without any field of that name; `name` in lower case. */
export function removeField(block: FieldBlock, name: string): FieldBlock {
  return removeFields(block, (line, start) => isNamed(line, start, name));
}

/** The block without the fields whose names, in lower case, are in `names`. Reads the block once, however many there are. */
export function removeAllFields(block: FieldBlock, names: Pick<ReadonlySet<string>, 'has'>): FieldBlock {
  return removeFields(block, (line, start) => names.has(line.slice(start, line.indexOf(':', start)).toLowerCase()));
}

/**
 * The block with exactly one field of that name, at its end.
 *
 * @throws ERR_HTTP_INVALID_HEADER - not a token, or a value with control characters
 */
export function setField(block: FieldBlock, name: string, value: string): FieldBlock {
  if (!isToken(name)) throw invalidHeader(name, 'the name is not a token');
  if (!isFieldValue(value)) throw invalidHeader(name, 'the value has control characters, or some above U+00FF');
  return `${removeField(block, name.toLowerCase())}${name}: ${value}\r\n`;
}

function removeFields(block: FieldBlock, isUnwanted: (block: FieldBlock, start: number) => boolean): FieldBlock {
  let kept = '';
  let keepFrom = 0;
  for (let start = 0; start < block.length;) {
    const next = block.indexOf('\r\n', start) + 2;
    if (isUnwanted(block, start)) {
      kept += block.slice(keepFrom, start);
      keepFrom = next;
    }
    start = next;
  }
  return keepFrom === 0 ? block : kept + block.slice(keepFrom);
}

function isNamed(block: FieldBlock, start: number, name: string): boolean {
  const colon = start + name.length;
  return block.charCodeAt(colon) === COLON && block.slice(start, colon).toLowerCase() === name;
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}
