import { once } from 'node:events';
import { createServer, METHODS, type IncomingMessage, type Server } from 'node:http';
import { connect } from 'node:net';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRequest } from '../test/read-message.ts';
import { backendRequestHead } from './forward-head.ts';
import type { RequestHead } from './request-head.ts';

/** What Node's own server made of a request. */
interface NodesView {
  readonly method: string | undefined;
  readonly target: string | undefined;
  /** Lines as in a {@link FieldBlock}, with lower-case names and one space. */
  readonly fields: string;
  readonly body: string;
}

const line = fc.constantFrom(
  'Content-Length: 5',
  'Transfer-Encoding: chunked',
  'Connection: close',
  'Connection: x-a',
  'Keep-Alive: timeout=5',
  'X-A: 1',
  'a: \t b c \t',
  'e:',
  'Cookie: f=g; h=i',
  'Cookie: j',
  'Forwarded: for=k',
  'Content_Length: 3',
  'l: \xe9\xff',
);

const message = fc
  .record({
    start: fc.constantFrom(
      'GET / HTTP/1.1',
      'POST /a?b=c%20 HTTP/1.1',
      'OPTIONS * HTTP/1.1',
      'DELETE http://b:80/x HTTP/1.1',
    ),
    lines: fc.array(line, { maxLength: 4 }),
    body: fc.constantFrom('', 'hello', '5\r\nhello\r\n0\r\n\r\n', '2;a\r\nhi\r\n3\r\n yo\r\n0\r\nm: n\r\n\r\n'),
  })
  .map(({ start, lines, body }) => `${[start, 'Host: a', ...lines].join('\r\n')}\r\n\r\n${body}`);

const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  removed: fc.constantFrom(0, 0, 1, 2),
  inserted: fc.constantFrom(
    '',
    ' ',
    '\t',
    '\r',
    '\n',
    '\r\n',
    '\0',
    '\x0b',
    '\xa0',
    ':',
    ',',
    ';',
    '0',
    '5',
    'f',
    '#',
    '_',
    '-',
  ),
});

/** A request as it should be, or one with a few bytes changed. */
const request = fc.tuple(message, fc.array(edit, { maxLength: 2 })).map(([text, edits]) =>
  edits.reduce((spoilt, { at, removed, inserted }) => {
    const index = Math.floor(at * spoilt.length);
    return spoilt.slice(0, index) + inserted + spoilt.slice(index + removed);
  }, text),
);

function fieldsOf({ rawHeaders }: IncomingMessage): string {
  let fields = '';
  for (let index = 0; index < rawHeaders.length; index += 2)
    fields += `${rawHeaders[index]?.toLowerCase()}: ${rawHeaders[index + 1]}\n`;
  return fields;
}

/** Lower-case names, one space, no white space behind. */
function normalised(block: string): string {
  return block
    .split('\r\n')
    .slice(0, -1)
    .map((text) => {
      const colon = text.indexOf(':');
      return `${text.slice(0, colon).toLowerCase()}: ${text.slice(colon + 1).replaceAll(/^[ \t]+|[ \t]+$/g, '')}\n`;
    })
    .join('');
}

function backendHead(head: RequestHead): string {
  return backendRequestHead(head, '192.0.2.1', { host: 'c', port: 80 });
}

describe('What is accepted', () => {
  let server: Server;
  let address: { host: string; port: number };
  let seen: NodesView | 'refused' | undefined;

  beforeAll(async () => {
    server = createServer((incoming, response) => {
      let body = '';
      incoming.setEncoding('latin1');
      incoming.on('data', (text: string) => (body += text));
      incoming.on('end', () => {
        seen ??= { method: incoming.method, target: incoming.url, fields: fieldsOf(incoming), body };
        response.end();
        incoming.socket.destroy();
      });
    });
    server.on('clientError', (_error, socket) => {
      seen ??= 'refused';
      socket.destroy();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const bound = server.address();
    if (bound !== null && typeof bound === 'object') address = { host: bound.address, port: bound.port };
  });

  afterAll(() => server.close());

  async function nodesView(text: string): Promise<NodesView | 'refused' | undefined> {
    seen = undefined;
    const socket = connect(address);
    socket.on('error', () => undefined);
    socket.end(text, 'latin1');
    socket.resume();
    await once(socket, 'close');
    return seen;
  }

  it('is accepted by Node too, with the same method, target, fields and body, as it came and as it is forwarded', async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(request, async (text) => {
        const reading = readRequest(text, { keepChunks: false });
        const passedOn = readRequest(text);
        if (typeof passedOn !== 'object' || typeof reading !== 'object' || !isWithinNodesReach(text, reading.head))
          return;
        accepted++;
        const { head, rest } = reading;
        const asItCame = await nodesView(text.slice(0, text.length - rest.length));
        expect(asItCame).toMatchObject({ method: head.method, target: head.target, body: reading.body });
        expect(await nodesView(backendHead(head) + passedOn.body)).toEqual({
          method: head.method,
          target: head.originTarget,
          fields: normalised(
            backendHead(head)
              .replace(/^.*\r\n/, '')
              .slice(0, -2),
          ),
          body: reading.body,
        });
      }),
      { numRuns: 2000 },
    );
    // Otherwise this test would say little.
    expect(accepted).toBeGreaterThan(500);
  });
});

/** Node knows a fixed list of methods, and no version above 1.1. */
function isWithinNodesReach(text: string, { method }: RequestHead): boolean {
  return METHODS.includes(method) && / HTTP\/1\.[01]\r\n/.test(text);
}
