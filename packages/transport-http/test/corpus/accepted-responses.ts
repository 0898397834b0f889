import type { Accepted } from './corpus-case.ts';
import { chunkedResponse, response } from './say.ts';

/** Responses that must be accepted, and what is made of them. */
export const ACCEPTED_RESPONSES: readonly Accepted[] = [
  ['9112 §6.3', 'Content-Length', response(['Content-Length: 5'], 'hellorest'), { body: 'hello', rest: 'rest' }],
  [
    '9112 §6.3',
    'a body that ends with the connection',
    response([], 'hello'),
    { body: 'hello', head: { framing: 'close' } },
  ],
  ['9110 §8.6', 'Content-Length with zeros in front', response(['Content-Length: 005'], 'hello'), { body: 'hello' }],
  ['9112 §6.3', '205 with a body', response(['Content-Length: 2'], 'hi', 'HTTP/1.1 205 x'), { body: 'hi' }],
  [
    '9112 §7.1',
    'chunks, whose extensions and some of whose trailers are dropped',
    chunkedResponse('5;a=b\r\nhello\r\n0\r\na: b\r\nSet-Cookie: c\r\n\r\nrest'),
    { body: '5\r\nhello\r\n0\r\na: b\r\n\r\n', rest: 'rest' },
  ],
  [
    '9112 §4',
    'a reason that is not ASCII',
    response(['Content-Length: 0'], '', 'HTTP/1.1 200 \xe9\t!'),
    { head: { reason: '\xe9\t!' } },
  ],
  ['9112 §6.3', '204: no body', response(['Content-Length: 5'], 'rest', 'HTTP/1.1 204 x'), { body: '', rest: 'rest' }],
  ['9112 §6.3', '304: no body', response(['Content-Length: 5'], 'rest', 'HTTP/1.1 304 x'), { body: '', rest: 'rest' }],
  [
    '9112 §4',
    'an empty reason',
    response(['Content-Length: 0'], '', 'HTTP/1.1 200 '),
    { head: { status: 200, reason: '' } },
  ],
  ['9112 §4', 'no reason and no space', response(['Content-Length: 0'], '', 'HTTP/1.1 200'), { head: { reason: '' } }],
  [
    '9112 §4',
    'a status nobody knows',
    response(['Content-Length: 0'], '', 'HTTP/1.1 799 x'),
    { head: { status: 799 } },
  ],
  ['9112 §9.3', 'HTTP/1.1: the connection persists', response(['Content-Length: 0']), { head: { keepAlive: true } }],
  [
    '9112 §9.3',
    'Connection: close',
    response(['Content-Length: 0', 'Connection: close']),
    { head: { keepAlive: false } },
  ],
  ['9112 §9.3', 'HTTP/1.0', response(['Content-Length: 0'], '', 'HTTP/1.0 200 OK'), { head: { keepAlive: false } }],
  [
    '9112 §9.3',
    'HTTP/1.0 with keep-alive',
    response(['Content-Length: 0', 'Connection: keep-alive'], '', 'HTTP/1.0 200 OK'),
    { head: { keepAlive: true } },
  ],
  [
    '9110 §7.6.1',
    'hop-by-hop fields, and strips them',
    response(['Content-Length: 0', 'Connection: x-a', 'X-A: 1', 'Keep-Alive: timeout=5', 'Upgrade: h2c', 'b: c']),
    { head: { block: 'Content-Length: 0\r\nb: c\r\n' } },
  ],
];
