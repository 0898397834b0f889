import type { Unfinished } from './corpus-case.ts';
import { chunked, request } from './say.ts';

/** Requests whose end has not come: neither refused nor taken for whole. */
export const UNFINISHED_REQUESTS: readonly Unfinished[] = [
  ['a head without its empty line', 'GET / HTTP/1.1\r\nHost: a\r\n'],
  ['a body shorter than Content-Length', request(['Content-Length: 6'], 'hello')],
  ['a body of 2^32 bytes', request(['Content-Length: 4294967296'])],
  ['a body of 2^53 - 1 bytes', request(['Content-Length: 9007199254740991'], 'hello')],
  ['a chunk of 2^32 bytes', chunked('100000000\r\nhello')],
  ['chunks without the last one', chunked('5\r\nhello\r\n')],
  ['a last chunk without its empty line', chunked('5\r\nhello\r\n0\r\n')],
];
