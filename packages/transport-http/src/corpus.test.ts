import { describe, expect, it } from 'vitest';
import { ACCEPTED_REQUESTS } from '../test/corpus/accepted-requests.ts';
import { ACCEPTED_RESPONSES } from '../test/corpus/accepted-responses.ts';
import { REFUSED_REQUESTS } from '../test/corpus/refused-requests.ts';
import { REFUSED_RESPONSES } from '../test/corpus/refused-responses.ts';
import { response } from '../test/corpus/say.ts';
import { UNFINISHED_REQUESTS } from '../test/corpus/unfinished-requests.ts';
import { readRequest, readResponse } from '../test/read-message.ts';

describe('A request is refused for', () => {
  it.each(REFUSED_REQUESTS)('RFC %s: %s', (_rule, _what, message, status) => {
    expect(readRequest(message)).toBe(status);
  });
});

/** The same at each cut, but for how chunks are said. */
function expectSameWhereverCut(read: (cuts: readonly number[]) => unknown, length: number): void {
  const whole = read([]);
  expect(read(Array.from({ length: length - 1 }, (_, index) => index + 1))).toEqual(whole);
  // Of a long message, the places where something ends.
  for (let cut = 1; cut < length; cut += length > 1000 && cut > 40 && cut < length - 40 ? 97 : 1) {
    expect(read([cut])).toEqual(whole);
  }
}

describe('Wherever it is cut, it is the same for', () => {
  it.each([...REFUSED_REQUESTS, ...ACCEPTED_REQUESTS].map(([, what, message]) => [what, message]))(
    'a request: %s',
    (_what, message = '') => {
      expectSameWhereverCut((cuts) => readRequest(message, { cuts, keepChunks: false }), message.length);
    },
  );

  it.each([...REFUSED_RESPONSES, ...ACCEPTED_RESPONSES].map(([, what, message]) => [what, message]))(
    'a response: %s',
    (_what, message = '') => {
      expectSameWhereverCut((cuts) => readResponse(message, 'GET', { cuts, keepChunks: false }), message.length);
    },
  );
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
