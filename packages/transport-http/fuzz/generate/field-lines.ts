import type { Dice } from '../dice.ts';

/** Fields that are in order, in requests and responses. */
export const GOOD_LINES = [
  'a: b',
  'A:b',
  'c:',
  'd: \t e f \t',
  'X-A: 1',
  'x-b: 2',
  'l: \xe9\xff\x80\xa0',
  'q: "a\\"b", c',
  '__proto__: x',
  'constructor: y',
  'my_field: z',
  "!#$%&'*+-.^_`|~: token",
  'Connection: x-a',
  'Connection: keep-alive',
  'Connection: x-b, , X-A',
  'Keep-Alive: timeout=5',
  'Trailer: a',
  'Date: Mon, 01 Jan 2024 00:00:00 GMT',
  'Via: 1.1 other',
];

/** Fields that frame, route or hop, where they can do harm. */
export const TRICKY_LINES = [
  'Connection: close',
  'Connection: host, content-length, transfer-encoding',
  'Connection: cookie, authorization',
  'Connection: upgrade',
  'Connection: "close"',
  'Connection: close;x',
  'Connection: clo\xa0se',
  'Connection:',
  'Proxy-Connection: close',
  'Upgrade: h2c',
  'Upgrade: websocket',
  'Content_Length: 3',
  'Content-Length : 3',
  'Content-Length\t: 3',
  'Transfer_Encoding: chunked',
  'Transfer-Encoding : chunked',
  'Transfer-Encoding:\x0bchunked',
  'Transfer-Encoding: \xa0chunked',
  'Transfer-Encoding: chunked\xa0',
  'Transfer-Encoding: chunked\0',
  'Transfer-Encoding: xchunked',
  'Transfer-Encoding: identity',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: chunked, identity',
  'Transfer-Encoding: chunked, chunked',
  'Transfer-Encoding: "chunked"',
  'Transfer-Encoding: chunked;q=1',
  'Transfer-Encoding: ,chunked',
  'Transfer-Encoding: chunked,',
  'Transfer-Encoding:',
  'Transfer-Encoding: x\r\n chunked',
  'a: b\r\n Content-Length: 5',
  'a: b\rContent-Length: 5',
  'a: b\nContent-Length: 5',
  'a\r\n: b',
  'a b: c',
  ': b',
  'abc',
  ' a: b',
  'a\xa0: b',
  'a: b\0c',
  'a: \x7f',
  '\x85: b',
];

const LENGTHS = [
  '0',
  '00',
  '5',
  '005',
  '0000000000000000000005',
  '+5',
  '-5',
  '0x5',
  '5.0',
  '""',
  '',
  '5_0',
  '5 5',
  '5,5',
  '5, 5',
]
  .concat(['5,', '\xb2', '5\xa0', '5\x0b', '1e3', '4294967296', '4294967301', '9007199254740991', '9007199254740993'])
  .concat([
    '18446744073709551615',
    '18446744073709551621',
    '340282366920938463463374607431768211461',
    'NaN',
    'Infinity',
  ]);

/** How `Transfer-Encoding: chunked` may be said rightly. */
const CHUNKED = ['Transfer-Encoding: chunked', 'transfer-encoding:CHUNKED', 'TRANSFER-ENCODING: \tChunked \t'];

/** A line about lengths as smugglers like them, mostly not to be believed. */
export function oddLength(dice: Dice): string {
  return `${dice.pick(['Content-Length', 'content-length', 'CONTENT-LENGTH'])}:${dice.pick([' ', '', '\t '])}${dice.pick(LENGTHS)}`;
}

/** The line that frames a chunked body. */
export function chunkedLine(dice: Dice): string {
  return dice.pick(CHUNKED);
}

/** The line that frames a body of so many bytes. */
export function lengthLine(dice: Dice, length: number): string {
  return `${dice.pick(['Content-Length', 'content-length'])}: ${'0'.repeat(dice.percent(10) ? dice.below(4) : 0)}${length}`;
}

/** A few lines beside those that frame: mostly good ones. */
export function sideLines(dice: Dice, others: readonly string[]): string[] {
  const lines = dice.some(3, () => (dice.percent(60) ? dice.pick(GOOD_LINES) : dice.pick(others)));
  if (dice.percent(12)) lines.push(dice.pick(TRICKY_LINES));
  if (dice.percent(5)) lines.push(oddLength(dice));
  if (dice.percent(0.3))
    lines.push(`long: ${'v'.repeat(dice.below(2) === 0 ? dice.below(2000) : 16_250 + dice.below(100))}`);
  if (dice.percent(1)) lines.push(...Array.from({ length: 90 + dice.below(15) }, (_, index) => `n${index}: m`));
  return lines;
}

/** The lines in another order. */
export function shuffled<T>(dice: Dice, lines: readonly T[]): T[] {
  const rest = [...lines];
  return lines.flatMap(() => rest.splice(dice.below(rest.length), 1));
}
