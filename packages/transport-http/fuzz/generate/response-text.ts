import type { Dice } from '../dice.ts';
import { shuffled, sideLines } from './field-lines.ts';
import { framedBody } from './message-body.ts';
import { mutate, noise } from './mutations.ts';

const STATUS_LINES = [
  '200 OK',
  '200 OK',
  '200 OK',
  '200',
  '200 ',
  '404 Not Found',
  '204 No Content',
  '304 Not Modified',
  '205 Reset',
  '799 \xe9\t!',
  '500 a b c',
];
const ODD_STATUS_LINES = [
  '101 Switching Protocols',
  '99 x',
  '2000 x',
  '099 x',
  '20 x',
  '2xx x',
  ' 200 x',
  '200\tOK',
  '200 O\0K',
  '-200 x',
  '1000',
  '',
  '600 x',
  '999 x',
];
const INFORMATIONAL = ['100 Continue', '100', '103 Early Hints', '102 Processing', '199 x', '110 y'];
const VERSIONS = ['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0'];
const ODD_VERSIONS = [
  'HTTP/1.2',
  'HTTP/2.0',
  'HTTP/2',
  'http/1.1',
  'ICY',
  'HTTP/0.9',
  'HTTP/1.',
  ' HTTP/1.1',
  'HTTP/1.01',
];

const LINES = [
  'Set-Cookie: a=b',
  'Set-Cookie: c=d; Path=/',
  'Server: x',
  'Connection: close',
  'Connection: set-cookie, server',
  'Upgrade: h2c',
  'Content-Type: text/plain',
  'Content-Encoding: gzip',
  'Location: http://a/#b',
  'Proxy-Connection: close',
  'TE: trailers',
  'X-Forwarded-For: 10.0.0.1',
  'Host: a',
  'Expect: 100-continue',
];

/** A response, with 1xx before it in some cases: as it should be, with something amiss, or nothing of the kind. */
export function responseText(dice: Dice, recorded: readonly string[]): string {
  if (dice.percent(2)) return noise(dice);
  const before = dice.percent(15) ? dice.some(2, () => informational(dice)).join('') : '';
  const text = mutate(dice, dice.percent(15) ? dice.pick(recorded) : before + grammatical(dice));
  return dice.percent(5) ? text + grammatical(dice) : text;
}

function informational(dice: Dice): string {
  const lines = dice.percent(50) ? ['Link: </a>', ...sideLines(dice, LINES)] : [];
  return `${dice.pick(VERSIONS)} ${dice.pick(INFORMATIONAL)}\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`;
}

function grammatical(dice: Dice): string {
  const { lines, body } = framedBody(dice);
  const version = dice.pick(dice.percent(97) ? VERSIONS : ODD_VERSIONS);
  const status = dice.pick(dice.percent(97) ? STATUS_LINES : ODD_STATUS_LINES);
  const fields = shuffled(dice, [...lines, ...sideLines(dice, LINES)]);
  return `${version} ${status}\r\n${fields.map((line) => `${line}\r\n`).join('')}\r\n${body}`;
}
