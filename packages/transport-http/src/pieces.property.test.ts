import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRequest, readResponse, type Reading } from '../test/read-message.ts';

/** One chunk: its payload, and how its size line is said. */
const chunk = fc.record({
  payload: fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 40 }),
  zeros: fc.nat(3),
  isUpperCase: fc.boolean(),
  extension: fc.constantFrom('', '', '', ';', ';a', ';a=b', '; a="b;c"'),
});

const trailers = fc.constantFrom('', '', 'a: b\r\n', 'a: b\r\nc: d\r\n', 'Content-Length: 5\r\n');

/** A chunked body, with the payload that it carries. */
const chunkedBody = fc.tuple(fc.array(chunk, { maxLength: 6 }), trailers).map(([chunks, trailer]) => ({
  payload: chunks.map(({ payload }) => payload).join(''),
  wire: `${chunks.map(sayChunk).join('')}0\r\n${trailer}\r\n`,
}));

function sayChunk({
  payload,
  zeros,
  isUpperCase,
  extension,
}: {
  payload: string;
  zeros: number;
  isUpperCase: boolean;
  extension: string;
}): string {
  const digits = '0'.repeat(zeros) + payload.length.toString(16);
  return `${isUpperCase ? digits.toUpperCase() : digits}${extension}\r\n${payload}\r\n`;
}

/** Written apart from the reader that is tested. */
function decodeChunks(wire: string): string {
  let payload = '';
  for (let rest = wire; ;) {
    const [, digits = '', behind = ''] = /^([0-9a-f]+)\r\n([^]*)$/i.exec(rest) ?? [];
    const size = Number.parseInt(digits, 16);
    if (size === 0) return payload;
    expect(behind.slice(size, size + 2)).toBe('\r\n');
    payload += behind.slice(0, size);
    rest = behind.slice(size + 2);
  }
}

const HEAD = 'POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nc: d\r\n\r\n';

/** Where a message may be cut: anywhere, any number of times. */
function cutsOf(message: string): fc.Arbitrary<number[]> {
  return fc
    .uniqueArray(fc.integer({ min: 1, max: message.length - 1 }), { maxLength: 12 })
    .map((cuts) => cuts.toSorted((a, b) => a - b));
}

/** Bytes that mean something somewhere, or should not. */
const INTERESTING = ['\r', '\n', '\0', '\t', ' ', ':', ';', ',', '0', 'a', 'Z', '\xa0', '_'];

/** What has to be the same however a message was cut: everything but how chunks are said. */
function essence(reading: Reading<object>, isChunked: boolean): unknown {
  if (typeof reading !== 'object') return reading;
  return { ...reading, body: isChunked ? decodeChunks(reading.body) : reading.body };
}

describe('A message that comes in pieces', () => {
  it('has the same payload, as chunks and as plain bytes, wherever it is cut', () => {
    fc.assert(
      fc.property(
        chunkedBody.chain((body) =>
          fc.record({ body: fc.constant(body), cuts: cutsOf(HEAD + body.wire), keepChunks: fc.boolean() }),
        ),
        ({ body, cuts, keepChunks }) => {
          const reading = readRequest(`${HEAD}${body.wire}rest`, { cuts, keepChunks });
          expect(essence(reading, keepChunks)).toMatchObject({ body: body.payload, rest: 'rest' });
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('is the same with one cut at any position', () => {
    const message = `${HEAD}5;a=b\r\nhello\r\n06\r\n world\r\n0\r\na: b\r\n\r\nrest`;
    const whole = essence(readRequest(message), true);
    for (let cut = 1; cut < message.length; cut++) {
      expect(essence(readRequest(message, { cuts: [cut] }), true)).toEqual(whole);
    }
  });

  it('is refused, or accepted, alike wherever it is cut', () => {
    const base = `${HEAD}5\r\nhello\r\n0\r\na: b\r\n\r\nrest`;
    const spoilt = fc
      .tuple(fc.nat(base.length), fc.nat(2), fc.string({ unit: fc.constantFrom(...INTERESTING), maxLength: 2 }))
      .map(([at, removed, inserted]) => base.slice(0, at) + inserted + base.slice(at + removed));
    fc.assert(
      fc.property(
        spoilt.chain((message) => fc.record({ message: fc.constant(message), cuts: cutsOf(message) })),
        ({ message, cuts }) => {
          const options = { keepChunks: false };
          expect(readRequest(message, { ...options, cuts })).toEqual(readRequest(message, options));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('is the same response with one cut at any position', () => {
    const message = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhellorest';
    for (let cut = 1; cut < message.length; cut++) {
      expect(readResponse(message, 'GET', { cuts: [cut] })).toEqual(readResponse(message));
    }
  });
});
