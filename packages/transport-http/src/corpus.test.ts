import { describe, expect, it } from 'vitest';
import { readRequest, readResponse } from '../test/read-message.ts';

/** A whole request with these lines behind its request line, Host included unless said otherwise. */
function request(lines: readonly string[], body = ''): string {
  return `${['POST / HTTP/1.1', 'Host: a', ...lines].join('\r\n')}\r\n\r\n${body}`;
}

function requestLine(line: string): string {
  return `${line}\r\nHost: a\r\n\r\n`;
}

function chunked(body: string): string {
  return request(['Transfer-Encoding: chunked'], body);
}

/** A whole response with these lines behind its status line. */
function response(lines: readonly string[], body = '', statusLine = 'HTTP/1.1 200 OK'): string {
  return `${[statusLine, ...lines].join('\r\n')}\r\n\r\n${body}`;
}

function chunkedResponse(body: string): string {
  return response(['Transfer-Encoding: chunked'], body);
}

/** [rule, what, message, status it is refused with] */
type Refused = readonly [rule: string, what: string, message: string, status: number];

const REFUSED_REQUESTS: readonly Refused[] = [
  // Framing
  [
    '9112 §6.1',
    'Content-Length before Transfer-Encoding',
    request(['Content-Length: 5', 'Transfer-Encoding: chunked'], '0\r\n\r\n'),
    400,
  ],
  [
    '9112 §6.1',
    'Transfer-Encoding before Content-Length',
    request(['Transfer-Encoding: chunked', 'Content-Length: 5'], '0\r\n\r\n'),
    400,
  ],
  ['9112 §6.1', 'both, Content-Length 0', request(['Content-Length: 0', 'Transfer-Encoding: chunked']), 400],
  ['9112 §6.3', 'Transfer-Encoding: identity', request(['Transfer-Encoding: identity']), 400],
  ['9112 §6.3', 'Transfer-Encoding: xchunked', request(['Transfer-Encoding: xchunked']), 400],
  ['9112 §6.3', 'an empty Transfer-Encoding', request(['Transfer-Encoding:']), 400],
  ['9112 §6.3', 'Transfer-Encoding: chunked, x', request(['Transfer-Encoding: chunked, x']), 400],
  ['9112 §6.3', 'Transfer-Encoding: x, chunked', request(['Transfer-Encoding: x, chunked']), 400],
  ['9112 §6.3', 'Transfer-Encoding: "chunked"', request(['Transfer-Encoding: "chunked"']), 400],
  ['9112 §6.3', 'Transfer-Encoding: chunked;q=1', request(['Transfer-Encoding: chunked;q=1']), 400],
  ['9112 §6.3', 'Transfer-Encoding with NBSP', request(['Transfer-Encoding: chunked\xa0']), 400],
  ['9112 §6.3', 'Transfer-Encoding with leading NBSP', request(['Transfer-Encoding: \xa0chunked']), 400],
  ['9112 §6.3', 'Transfer-Encoding with VT', request(['Transfer-Encoding: \x0bchunked']), 400],
  ['9112 §6.3', 'Transfer-Encoding with NUL', request(['Transfer-Encoding: chunked\0']), 400],
  ['9112 §7', 'chunked twice', request(['Transfer-Encoding: chunked, chunked']), 400],
  [
    '9112 §7',
    'chunked twice, in two fields',
    request(['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked']),
    400,
  ],
  ['9112 §7', 'gzip without chunked', request(['Transfer-Encoding: gzip']), 501],
  ['9112 §7', 'gzip, chunked', request(['Transfer-Encoding: gzip, chunked']), 501],
  ['9112 §6.1', 'Transfer-Encoding in HTTP/1.0', 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
  ['9110 §8.6', 'Content-Lengths that differ', request(['Content-Length: 5', 'Content-Length: 6']), 400],
  ['9110 §8.6', 'Content-Lengths that are equal', request(['Content-Length: 5', 'Content-Length: 5']), 400],
  ['9110 §8.6', 'a list of Content-Lengths', request(['Content-Length: 5, 5']), 400],
  ...['+5', '-5', '0x5', '5.0', '""', '', '5_0', '5 5', '5,', '٥', '\xb2', '5\xa0', '\xa05', '1e3', 'Infinity'].map(
    (length): Refused => ['9110 §8.6', `Content-Length: ${length}`, request([`Content-Length: ${length}`]), 400],
  ),
  ['9112 §6.3', 'Content-Length 2^53', request(['Content-Length: 9007199254740992']), 400],
  ['9112 §6.3', 'Content-Length 2^64', request(['Content-Length: 18446744073709551616']), 400],
  ['9112 §6.3', 'Content-Length 2^64 + 5', request(['Content-Length: 18446744073709551621'], 'hello'), 400],

  // Chunks
  ['9112 §7.1', 'a chunk size with 0x', chunked('0x5\r\nhello\r\n0\r\n\r\n'), 400],
  ['9112 §7.1', 'a chunk size with +', chunked('+5\r\nhello\r\n0\r\n\r\n'), 400],
  ['9112 §7.1', 'a chunk size with -', chunked('-5\r\nhello\r\n0\r\n\r\n'), 400],
  ['9112 §7.1', 'a chunk size with _', chunked('1_0\r\nhello\r\n0\r\n\r\n'), 400],
  ['9112 §7.1', 'a chunk size with a space behind', chunked('5 \r\nhello\r\n0\r\n\r\n'), 400],
  ['9112 §7.1', 'a chunk size with a space before', chunked(' 5\r\nhello\r\n0\r\n\r\n'), 400],
  ['9112 §7.1', 'a chunk size with a tab behind', chunked('5\t\r\nhello\r\n0\r\n\r\n'), 400],
  ['9112 §7.1', 'a chunk size of no digits', chunked('\r\nhello\r\n0\r\n\r\n'), 400],
  ['9112 §7.1', 'an extension without a size', chunked(';a\r\nhello\r\n0\r\n\r\n'), 400],
  ['9112 §7.1', 'a chunk size of 2^64', chunked('10000000000000000\r\nhello\r\n0\r\n\r\n'), 400],
  ['9112 §7.1', 'a chunk size of 14 digits', chunked('00000000000005\r\nhello\r\n0\r\n\r\n'), 400],
  ['CVE-2025-22871', 'a chunk size that ends in a bare LF', chunked('5\nhello\r\n0\r\n\r\n'), 400],
  ['9112 §7.1', 'a chunk size that ends in a bare CR', chunked('5\rhello\r\n0\r\n\r\n'), 400],
  ['CVE-2025-55315', 'a bare LF in a chunk extension', chunked('5;\nhello\r\n0\r\n\r\n'), 400],
  ['CVE-2025-55315', 'a bare CR in a chunk extension', chunked('5;a\rb\r\nhello\r\n0\r\n\r\n'), 400],
  ['9112 §7.1', 'NUL in a chunk extension', chunked('5;a=\0\r\nhello\r\n0\r\n\r\n'), 400],
  ['9112 §7.1', 'a chunk shorter than its size', chunked('6\r\nhello\r\n0\r\n\r\n'), 400],
  ['9112 §7.1', 'a chunk longer than its size', chunked('4\r\nhello\r\n0\r\n\r\n'), 400],
  ['9112 §7.1', 'a chunk without its CR LF', chunked('5\r\nhello0\r\n\r\n'), 400],
  ['9112 §7.1', 'a chunk that ends in a bare LF', chunked('5\r\nhello\n0\r\n\r\n'), 400],
  ['9112 §7.1', 'a chunk that ends in a bare CR', chunked('5\r\nhello\r0\r\n\r\n'), 400],
  ['CVE-2025-22871', 'a last chunk that ends in a bare LF', chunked('5\r\nhello\r\n0\n\r\n'), 400],
  ['CVE-2024-22019', 'a chunk extension without end', chunked(`5;${'a'.repeat(5000)}\r\nhello\r\n0\r\n\r\n`), 400],
  ['CVE-2024-22019', 'many extensions', chunked(`${`1;${'a'.repeat(500)}\r\nx\r\n`.repeat(10)}0\r\n\r\n`), 400],
  ['9112 §7.1.2', 'trailers without end', chunked(`0\r\n${`a: ${'b'.repeat(90)}\r\n`.repeat(100)}\r\n`), 400],
  ['9112 §7.1.2', 'a trailer without a colon', chunked('0\r\nabc\r\n\r\n'), 400],
  ['9112 §7.1.2', 'a folded trailer', chunked('0\r\na: b\r\n c\r\n\r\n'), 400],
  ['9112 §7.1.2', 'a trailer that ends in a bare LF', chunked('0\r\na: b\nc: d\r\n\r\n'), 400],

  // The request line
  ['9112 §3', 'two spaces behind the method', requestLine('GET  / HTTP/1.1'), 400],
  ['9112 §3', 'a tab behind the method', requestLine('GET\t/ HTTP/1.1'), 400],
  ['9112 §3', 'a space at the end', requestLine('GET / HTTP/1.1 '), 400],
  ['9112 §3', 'a space at the start', requestLine(' GET / HTTP/1.1'), 400],
  ['9112 §3', 'a space in the target', requestLine('GET /a b HTTP/1.1'), 400],
  ['9112 §3', 'no target', requestLine('GET HTTP/1.1'), 400],
  ['9112 §3', 'no version', requestLine('GET /'), 400],
  ['9110 §9.1', 'a method that is not a token', requestLine('G(T / HTTP/1.1'), 400],
  ['9110 §9.1', 'CONNECT', requestLine('CONNECT a:443 HTTP/1.1'), 501],
  ['9110 §9.1', 'TRACE', requestLine('TRACE / HTTP/1.1'), 501],
  ['9112 §2.3', 'http/1.1', requestLine('GET / http/1.1'), 400],
  ['9112 §2.3', 'HTTP/1.10', requestLine('GET / HTTP/1.10'), 400],
  ['9112 §2.3', 'HTTP/01.1', requestLine('GET / HTTP/01.1'), 400],
  ['9112 §2.3', 'HTTP/1', requestLine('GET / HTTP/1'), 400],
  ['9112 §2.3', 'HTTP/1,1', requestLine('GET / HTTP/1,1'), 400],
  ['9110 §2.5', 'HTTP/2.0', requestLine('GET / HTTP/2.0'), 505],
  ['9110 §2.5', 'HTTP/0.9', requestLine('GET / HTTP/0.9'), 505],
  ['9113 §3.4', 'the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505],
  ['9112 §3.2', 'a fragment in the target', requestLine('GET /a#b HTTP/1.1'), 400],
  ['9112 §3.2', 'a target that is not ASCII', requestLine('GET /\xe9 HTTP/1.1'), 400],
  ['9112 §3.2', 'a control character in the target', requestLine('GET /a\x01b HTTP/1.1'), 400],
  ['9112 §3.2', 'DEL in the target', requestLine('GET /a\x7fb HTTP/1.1'), 400],
  ['9112 §3.2', 'a bare CR in the target', requestLine('GET /a\rb HTTP/1.1'), 400],
  ['9112 §3.2', 'a relative target', requestLine('GET a HTTP/1.1'), 400],
  ['9112 §3.2.4', '* for GET', requestLine('GET * HTTP/1.1'), 400],
  ['9112 §3.2.2', 'another scheme', requestLine('GET ftp://a/ HTTP/1.1'), 400],
  ['9110 §4.2.4', 'a user in the target', requestLine('GET http://user@a/ HTTP/1.1'), 400],
  ['9110 §4.2.1', 'an empty host in the target', requestLine('GET http:///x HTTP/1.1'), 400],
  ['9110 §4.2.1', 'only a port in the target', requestLine('GET http://:80/x HTTP/1.1'), 400],
  ['limits', 'a request line of 9000 bytes', requestLine(`GET /${'a'.repeat(9000)} HTTP/1.1`), 414],
  ['limits', 'a request line of 9000 bytes without end', `GET /${'a'.repeat(9000)}`, 414],

  // Fields
  ['9112 §2.2', 'a bare LF behind the request line', 'GET / HTTP/1.1\nHost: a\r\n\r\n', 400],
  ['9112 §2.2', 'bare LFs everywhere', 'GET / HTTP/1.1\nHost: a\n\n', 400],
  ['9112 §2.2', 'a bare LF first', '\nGET / HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['9112 §2.2', 'a bare LF behind a field', request(['a: b\nc: d']), 400],
  ['9112 §2.2', 'a bare CR behind a field', request(['a: b\rc: d']), 400],
  ['9112 §5.1', 'a space before the colon', request(['Content-Length : 5'], 'hello'), 400],
  ['9112 §5.1', 'a tab before the colon', request(['Content-Length\t: 5'], 'hello'), 400],
  ['9112 §5.2', 'line folding', request(['a: b', ' c']), 400],
  ['9112 §5.2', 'line folding by a tab', request(['a: b', '\tc']), 400],
  ['9112 §2.2', 'a space before the first field', 'GET / HTTP/1.1\r\n Host: a\r\n\r\n', 400],
  ['9112 §5', 'a line without a colon', request(['abc']), 400],
  ['9112 §5', 'an empty name', request([': b']), 400],
  ['9110 §5.1', 'a space in a name', request(['a b: c']), 400],
  ['9110 §5.1', 'a name that is not ASCII', request(['\xe9: b']), 400],
  ['9110 §5.1', 'a name with a slash', request(['a/b: c']), 400],
  ['9110 §5.5', 'NUL in a value', request(['a: b\0c']), 400],
  ['9110 §5.5', 'a control character in a value', request(['a: b\x01c']), 400],
  ['9110 §5.5', 'DEL in a value', request(['a: b\x7fc']), 400],
  ['limits', 'too many fields', request(Array.from({ length: 120 }, (_, index) => `a${index}: b`)), 431],
  ['limits', 'a head of 20,000 bytes', request([`a: ${'b'.repeat(20_000)}`]), 431],
  ['limits', 'a head of 20,000 bytes without end', `GET / HTTP/1.1\r\na: ${'b'.repeat(20_000)}`, 431],
  ['not HTTP', 'the beginning of TLS', '\x16\x03\x01\x02\x00\x01', 400],

  // Host
  ['9112 §3.2', 'no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
  ['9112 §3.2', 'two Hosts', request(['Host: a']), 400],
  ...[
    'user@h',
    'h:80a',
    '[::1',
    '::1',
    'h/x',
    'h#x',
    'h?x',
    'a b',
    'a,b c',
    '',
    ':80',
    'h:123456',
    'h:70000',
    'h%',
    '\xe9',
    'h\\x',
    '[::1]x',
  ].map((host): Refused => ['9112 §3.2', `Host: ${host}`, `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`, 400]),
  ['9112 §3.2', 'an invalid Host beside an absolute target', 'GET http://b/ HTTP/1.1\r\nHost: a/x\r\n\r\n', 400],
  ['9112 §3.2', 'no Host beside an absolute target', 'GET http://b/ HTTP/1.1\r\n\r\n', 400],

  // Expect
  ['9110 §10.1.1', 'Expect: something', request(['Expect: something']), 417],
  ['9110 §10.1.1', 'Expect: 100-continue, twice', request(['Expect: 100-continue, 100-continue']), 417],
  ['9110 §10.1.1', 'Expect: 100-continue with NBSP', request(['Expect: 100-continue\xa0']), 417],
];

/** [rule, what, message, what is made of it] */
type Accepted = readonly [rule: string, what: string, message: string, reading: object];

const ACCEPTED_REQUESTS: readonly Accepted[] = [
  ['9112 §6.3', 'no framing: no body', request([], 'rest'), { body: '', rest: 'rest' }],
  ['9112 §6.3', 'Content-Length', request(['Content-Length: 5'], 'hellorest'), { body: 'hello', rest: 'rest' }],
  ['9110 §8.6', 'Content-Length with zeros in front', request(['Content-Length: 005'], 'hello'), { body: 'hello' }],
  ['9112 §5', 'white space around a value', request(['Content-Length: \t 5 \t'], 'hello'), { body: 'hello' }],
  ['9112 §5', 'no white space around a value', request(['Content-Length:5'], 'hello'), { body: 'hello' }],
  ['9112 §6', 'a GET with a body', 'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi', { body: 'hi' }],
  ['9112 §6', 'a HEAD with a body', 'HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi', { body: 'hi' }],
  [
    '9112 §7.1',
    'Transfer-Encoding: CHUNKED',
    request(['Transfer-Encoding: CHUNKED'], '0\r\n\r\nrest'),
    { rest: 'rest' },
  ],
  [
    '9112 §7.1',
    'chunks',
    chunked('5\r\nhello\r\n6\r\n world\r\n0\r\n\r\nrest'),
    { body: '5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n', rest: 'rest' },
  ],
  ['9112 §7.1', 'a size with zeros in front', chunked('0000A\r\n0123456789\r\n000\r\n\r\n'), { rest: '' }],
  [
    '9112 §7.1.1',
    'extensions, and drops them',
    chunked('5;a=b;c="d e"\r\nhello\r\n0;last\r\n\r\n'),
    { body: '5\r\nhello\r\n0\r\n\r\n' },
  ],
  [
    '9112 §7.1.2',
    'trailers',
    chunked('0\r\na: b\r\nc: d\r\n\r\nrest'),
    { body: '0\r\na: b\r\nc: d\r\n\r\n', rest: 'rest' },
  ],
  [
    '9110 §6.5.1',
    'trailers, and drops those that belong in the head',
    chunked('0\r\nContent-Length: 5\r\na: b\r\nHost: c\r\nTransfer-Encoding: x\r\n\r\n'),
    { body: '0\r\na: b\r\n\r\n' },
  ],
  ['9112 §2.2', 'an empty line before the request', `\r\n${request([])}`, { rest: '' }],
  ['9112 §2.2', 'empty lines before the request', `\r\n\r\n\r\n${request([])}`, { rest: '' }],
  ['9110 §2.5', 'HTTP/1.2 as HTTP/1.1', requestLine('GET / HTTP/1.2'), { head: { minorVersion: 1 } }],
  ['9110 §9.1', 'any token as a method', requestLine('m-SEARCH!1 / HTTP/1.1'), { head: { method: 'm-SEARCH!1' } }],
  [
    '9112 §3.2.1',
    'a target, byte for byte',
    requestLine('GET //a/../b/%2e%2E/%zz?c=%20&d=/?e{|}"<>^`\\ HTTP/1.1'),
    { head: { originTarget: '//a/../b/%2e%2E/%zz?c=%20&d=/?e{|}"<>^`\\', path: '//a/../b/%2e%2E/%zz' } },
  ],
  [
    '9112 §3.2.2',
    'an absolute target, whose authority replaces Host',
    'GET http://B:81/x?y HTTP/1.1\r\nHost: a\r\nc: d\r\n\r\n',
    { head: { originTarget: '/x?y', authority: 'B:81', host: 'b', block: 'c: d\r\nHost: B:81\r\n' } },
  ],
  [
    '9112 §3.2.2',
    'an absolute target without a path',
    requestLine('GET http://b HTTP/1.1'),
    { head: { originTarget: '/' } },
  ],
  [
    '9112 §3.2.2',
    'an absolute target with only a query',
    requestLine('GET HTTP://b?x HTTP/1.1'),
    { head: { originTarget: '/?x', path: '/' } },
  ],
  ['9112 §3.2.4', '* for OPTIONS', requestLine('OPTIONS * HTTP/1.1'), { head: { originTarget: '*' } }],
  [
    '9112 §3.2.4',
    'OPTIONS of an absolute target without a path, as *',
    requestLine('OPTIONS http://b HTTP/1.1'),
    { head: { originTarget: '*', authority: 'b' } },
  ],
  ['9112 §3.2', 'a Host with a port', 'GET / HTTP/1.1\r\nHost: A.b:80\r\n\r\n', { head: { host: 'a.b' } }],
  ['9112 §3.2', 'a Host with an empty port', 'GET / HTTP/1.1\r\nHost: a:\r\n\r\n', { head: { host: 'a' } }],
  ['9112 §3.2', 'an IPv6 Host', 'GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n', { head: { host: '[::1]' } }],
  ['9112 §3.2', 'an IPv6 Host without a port', 'GET / HTTP/1.1\r\nHost: [::1]\r\n\r\n', { head: { host: '[::1]' } }],
  ['9112 §3.2', 'HTTP/1.0 without Host', 'GET / HTTP/1.0\r\n\r\n', { head: { host: '', keepAlive: false } }],
  [
    '9110 §5.1',
    'a field called __proto__',
    request(['__proto__: x']),
    { head: { block: 'Host: a\r\n__proto__: x\r\n' } },
  ],
  ['9110 §5.5', 'an empty value', request(['a:']), { head: { block: 'Host: a\r\na:\r\n' } }],
  [
    '9110 §5.5',
    'bytes above ASCII in a value',
    request(['a: \xff\x80']),
    { head: { block: 'Host: a\r\na: \xff\x80\r\n' } },
  ],
  ['9112 §9.3', 'HTTP/1.1: the connection persists', request([]), { head: { keepAlive: true } }],
  ['9112 §9.3', 'Connection: close', request(['Connection: x, CLOSE']), { head: { keepAlive: false } }],
  [
    '9112 §9.3',
    'HTTP/1.0 with keep-alive',
    'GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n',
    { head: { keepAlive: true } },
  ],
  [
    '9112 §9.3',
    'close and keep-alive: close',
    request(['Connection: keep-alive', 'Connection: close']),
    { head: { keepAlive: false } },
  ],
  [
    '9110 §7.6.1',
    'hop-by-hop fields, and strips them',
    request([
      'Connection: x-a, , x-B',
      'Keep-Alive: 5',
      'Proxy-Connection: y',
      'TE: trailers',
      'X-A: 1',
      'x-b: 2',
      'x-c: 3',
    ]),
    { head: { block: 'Host: a\r\nx-c: 3\r\n' } },
  ],
  [
    '9110 §7.6.1',
    'Connection that names what must stay',
    request(
      ['Connection: host, content-length, authorization, cookie', 'Content-Length: 2', 'Authorization: b', 'Cookie: c'],
      'hi',
    ),
    { head: { block: 'Host: a\r\nContent-Length: 2\r\nAuthorization: b\r\nCookie: c\r\n' }, body: 'hi' },
  ],
  [
    '9110 §7.8',
    'Upgrade, and strips it',
    request(['Connection: upgrade', 'Upgrade: h2c']),
    { head: { block: 'Host: a\r\n' } },
  ],
  [
    '7239',
    'what others said of the client, and strips it',
    request(['Forwarded: for=b', 'X-Forwarded-For: c', 'x-forwarded-proto: https', 'X-FORWARDED-HOST: d']),
    { head: { block: 'Host: a\r\n' } },
  ],
  [
    'CGI',
    'names that a backend may take for others, and strips them',
    request([
      'Content_Length: 5',
      'transfer_encoding: chunked',
      'X_Forwarded_For: b',
      'x-forwarded_proto: c',
      'my_field: d',
    ]),
    { head: { block: 'Host: a\r\nmy_field: d\r\n' } },
  ],
  ['9110 §10.1.1', 'Expect: 100-Continue', request(['Expect: 100-Continue']), { head: { expectsContinue: true } }],
  [
    '9110 §10.1.1',
    'Expect of HTTP/1.0, and ignores it',
    'POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi',
    { head: { expectsContinue: false, block: 'Content-Length: 2\r\n' }, body: 'hi' },
  ],
];

/** Messages whose end has not come: neither refused nor taken for whole. */
const UNFINISHED_REQUESTS: readonly (readonly [what: string, message: string])[] = [
  ['a head without its empty line', 'GET / HTTP/1.1\r\nHost: a\r\n'],
  ['a body shorter than Content-Length', request(['Content-Length: 6'], 'hello')],
  ['a body of 2^32 bytes', request(['Content-Length: 4294967296'])],
  ['a body of 2^53 - 1 bytes', request(['Content-Length: 9007199254740991'], 'hello')],
  ['a chunk of 2^32 bytes', chunked('100000000\r\nhello')],
  ['chunks without the last one', chunked('5\r\nhello\r\n')],
  ['a last chunk without its empty line', chunked('5\r\nhello\r\n0\r\n')],
];

const ACCEPTED_RESPONSES: readonly Accepted[] = [
  ['9112 §6.3', 'Content-Length', response(['Content-Length: 5'], 'hellorest'), { body: 'hello', rest: 'rest' }],
  [
    '9112 §6.3',
    'a body that ends with the connection',
    response([], 'hello'),
    { body: 'hello', head: { framing: 'close' } },
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

const REFUSED_RESPONSES: readonly Refused[] = [
  ['9112 §4', 'raw bytes', 'hello', 502],
  ['9112 §4', 'a status line of another protocol', 'ICY 200 OK\r\n\r\n', 502],
  ['9112 §4', 'HTTP/2', response([], '', 'HTTP/2 200 OK'), 502],
  ['9112 §4', 'HTTP/1.2', response([], '', 'HTTP/1.2 200 OK'), 502],
  ['9112 §4', 'a status of two digits', response([], '', 'HTTP/1.1 20 OK'), 502],
  ['9112 §4', 'a status of four digits', response([], '', 'HTTP/1.1 2000 OK'), 502],
  ['9112 §4', 'a status of 099', response([], '', 'HTTP/1.1 099 OK'), 502],
  ['9112 §4', 'a status that is no number', response([], '', 'HTTP/1.1 2xx OK'), 502],
  ['9112 §4', 'two spaces before the status', response([], '', 'HTTP/1.1  200 OK'), 502],
  ['9112 §4', 'NUL in the reason', response([], '', 'HTTP/1.1 200 O\0K'), 502],
  ['9112 §2.2', 'bare LFs', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n', 502],
  ['9112 §2.2', 'a bare LF behind a field', response(['a: b\nc: d', 'Content-Length: 0']), 502],
  ['9112 §5.1', 'a space before the colon', response(['Content-Length : 5'], 'hello'), 502],
  ['9112 §5.2', 'line folding', response(['a: b', ' c', 'Content-Length: 0']), 502],
  ['9110 §5.5', 'NUL in a value', response(['a: b\0', 'Content-Length: 0']), 502],
  ['9110 §5.5', 'a bare CR in a value', response(['a: b\rSet-Cookie: x', 'Content-Length: 0']), 502],
  [
    '9112 §6.3',
    'Content-Length and Transfer-Encoding',
    response(['Content-Length: 5', 'Transfer-Encoding: chunked']),
    502,
  ],
  ['9112 §6.3', 'Content-Lengths that differ', response(['Content-Length: 5', 'Content-Length: 6']), 502],
  ['9112 §6.3', 'a Content-Length that is no number', response(['Content-Length: abc']), 502],
  ['9112 §6.3', 'a Content-Length with a sign', response(['Content-Length: +5']), 502],
  ['9112 §6.3', 'a Transfer-Encoding of gzip', response(['Transfer-Encoding: gzip']), 502],
  ['9112 §6.3', 'an empty Transfer-Encoding', response(['Transfer-Encoding: ']), 502],
  ['9112 §6.1', 'Transfer-Encoding in HTTP/1.0', response(['Transfer-Encoding: chunked'], '', 'HTTP/1.0 200 OK'), 502],
  ['9112 §7.1', 'a chunk size that is no number', chunkedResponse('xyz\r\nhello\r\n0\r\n\r\n'), 502],
  ['9112 §7.1', 'a chunk longer than its size', chunkedResponse('4\r\nhello\r\n0\r\n\r\n'), 502],
  ['9112 §7.1', 'a bare LF behind a chunk size', chunkedResponse('5\nhello\r\n0\r\n\r\n'), 502],
];

describe('A request is refused for', () => {
  it.each(REFUSED_REQUESTS)('RFC %s: %s', (_rule, _what, message, status) => {
    expect(readRequest(message)).toBe(status);
  });

  it.each(REFUSED_REQUESTS)('RFC %s: %s, byte by byte', (_rule, _what, message, status) => {
    const cuts = Array.from({ length: message.length - 1 }, (_, index) => index + 1);
    expect(readRequest(message, { cuts })).toBe(status);
  });
});

describe('A response is refused for', () => {
  it.each(REFUSED_RESPONSES)('RFC %s: %s', (_rule, _what, message, status) => {
    expect(readResponse(message)).toBe(status);
  });
});

describe('A request is accepted with', () => {
  it.each(ACCEPTED_REQUESTS)('RFC %s: %s', (_rule, _what, message, reading) => {
    expect(readRequest(message)).toMatchObject(reading);
  });

  it.each(UNFINISHED_REQUESTS)('more to come: %s', (_what, message) => {
    expect(readRequest(message)).toBeUndefined();
  });
});

describe('A response is accepted with', () => {
  it.each(ACCEPTED_RESPONSES)('RFC %s: %s', (_rule, _what, message, reading) => {
    expect(readResponse(message)).toMatchObject(reading);
  });

  it.each(['Content-Length: 5', 'Transfer-Encoding: chunked', 'a: b'])(
    'RFC 9112 §6.3: no body where it answers HEAD, in spite of %s',
    (line) => {
      expect(readResponse(response([line], 'rest'), 'HEAD')).toMatchObject({ body: '', rest: 'rest' });
    },
  );
});
