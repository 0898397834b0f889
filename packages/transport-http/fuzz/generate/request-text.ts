import type { Dice } from '../dice.ts';
import { shuffled, sideLines } from './field-lines.ts';
import { framedBody } from './message-body.ts';
import { mutate, noise } from './mutations.ts';

const METHODS = ['GET', 'GET', 'POST', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE', 'PATCH', 'M-SEARCH', 'PROPFIND'];
const ODD_METHODS = [
  'get',
  'CONNECT',
  'TRACE',
  'PRI',
  'X',
  'QUERY',
  'ANNOUNCE',
  'SOURCE',
  'G\0T',
  'G(T',
  'HTTP/1.1',
  '__proto__',
  '',
];

const TARGETS = [
  '/',
  '/',
  '/a?b=c%20',
  '/x/../y;z',
  '//a/./b',
  '/%00%zz',
  '/a{|}"<>^`\\',
  '/?',
  '/*',
  '/:80',
  '/http://c/',
];
const ODD_TARGETS = [
  '*',
  'http://b:80/x',
  'HTTP://B?x',
  'http://b',
  'https://[::1]:8/x',
  'http://c/?/@',
  'a',
  '',
  '/a#b',
  'ftp://a/',
].concat([
  'http://u@b/',
  'http:///x',
  'http://:80/',
  '/\xe9',
  '/\x7f',
  '/\0',
  'b:80',
  'http://b:99999/',
  '/a b',
  'http://b\\c/',
  '?',
]);

const VERSIONS = ['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0'];
const ODD_VERSIONS = [
  'HTTP/1.2',
  'HTTP/1.9',
  'HTTP/0.9',
  'HTTP/2.0',
  'http/1.1',
  'HTTP/1.10',
  'HTTP/1',
  'RTSP/1.0',
  'ICE/1.0',
  '',
];

const HOSTS = [
  'Host: a',
  'Host: a',
  'host:A.b:80',
  'HOST: [::1]:8080',
  'Host: a:',
  'Host: 127.0.0.1',
  'Host: a_b%41!$,;=',
];
const ODD_HOSTS = [
  'Host: ',
  'Host: u@a',
  'Host: a/x',
  'Host: a:8x',
  'Host: [::1',
  'Host: a b',
  'Host: a#b',
  'Host : a',
  'Host: a\xa0',
  'X: y',
];

const LINES = [
  'Cookie: f=g; h=i',
  'Cookie: j',
  'Authorization: Basic eDp5',
  'Forwarded: for=k',
  'X-Forwarded-For: 10.0.0.1',
  'X_Forwarded_For: 10.0.0.1',
  'X-Forwarded-Proto: https',
  'x-forwarded-host: e',
  'Expect: 100-continue',
  'expect: 100-Continue',
  'Expect: other',
  'TE: trailers',
  'te: gzip;q=1',
  'Proxy-Connection: keep-alive',
  'Host: second',
  'Accept: */*',
  'Upgrade-Insecure-Requests: 1',
];

/** A request: as it should be, with something amiss, or nothing of the kind. */
export function requestText(dice: Dice, recorded: readonly string[]): string {
  if (dice.percent(2)) return noise(dice);
  const text = mutate(dice, dice.percent(15) ? dice.pick(recorded) : grammatical(dice));
  return dice.percent(10) ? text + grammatical(dice) : text;
}

function grammatical(dice: Dice): string {
  const { lines, body } = framedBody(dice);
  const line = [
    dice.pick(dice.percent(97) ? METHODS : ODD_METHODS),
    dice.pick(dice.percent(88) ? TARGETS : ODD_TARGETS),
    dice.pick(dice.percent(97) ? VERSIONS : ODD_VERSIONS),
  ];
  const long = dice.percent(1) ? `/${'p'.repeat(8160 + dice.below(30))}` : undefined;
  if (long !== undefined) line[1] = long;
  const host = dice.pick(dice.percent(96) ? HOSTS : ODD_HOSTS);
  const fields = shuffled(dice, [host, ...lines, ...sideLines(dice, LINES)]);
  const before = dice.percent(4) ? dice.pick(['\r\n', '\r\n\r\n', '\n', '\r', ' ', '\r\n '.repeat(2)]) : '';
  return `${before}${line.join(dice.percent(99) ? ' ' : dice.pick(['  ', '\t', '\xa0', '']))}\r\n${fields.join('\r\n')}\r\n\r\n${body}`;
}
