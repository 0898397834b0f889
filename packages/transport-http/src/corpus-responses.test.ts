import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCEPTED_RESPONSES } from '../test/corpus/accepted-responses.ts';
import { REFUSED_RESPONSES } from '../test/corpus/refused-responses.ts';
import { proxied, type Proxied } from '../test/proxied.ts';
import { readResponse, type Whole } from '../test/read-message.ts';
import { ok, scriptedBackend, type ScriptedBackend } from '../test/scripted-backend.ts';
import { until } from '../test/until.ts';
import type { ResponseHead } from './response-head.ts';

const GET = 'GET /next HTTP/1.1\r\nHost: a\r\n\r\n';
const LAST = 'GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

function wholeResponse(text: string): Whole<ResponseHead> {
  const reading = readResponse(text, 'GET', { keepChunks: false });
  if (typeof reading !== 'object') throw new Error(`This is no whole response: ${JSON.stringify(text)}`);
  return reading;
}

/** All of `text` up to its empty line. */
function headOf(text: string): string {
  const end = text.indexOf('\r\n\r\n');
  return end === -1 ? text : text.slice(0, end + 4);
}

describe('Through a proxy, on sockets,', () => {
  let backend: ScriptedBackend;
  let proxy: Proxied;
  let message = '';
  let endsWithConnection = false;

  beforeAll(async () => {
    backend = await scriptedBackend((socket, _count, text) => {
      if (text.includes('/last')) socket.end(ok('last'));
      else if (endsWithConnection) socket.end(message, 'latin1');
      else socket.write(message, 'latin1');
    });
    proxy = await proxied(backend);
  });

  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await backend[Symbol.asyncDispose]();
  });

  /** Asks for `text` to be sent by the backend. */
  async function ask(text: string, isClosed: boolean): ReturnType<Proxied['connect']> {
    proxy.source.close();
    await backend.open(0);
    message = text;
    endsWithConnection = isClosed;
    const client = await proxy.connect();
    client.send(GET);
    return client;
  }

  const inTheHead = REFUSED_RESPONSES.filter(([, , text]) => typeof readResponse(headOf(text)) === 'number');
  const inTheBody = REFUSED_RESPONSES.filter((refused) => !inTheHead.includes(refused));

  it.each(inTheHead)(
    'a bad response is 502, its connection is closed, and the client stays: RFC %s: %s',
    async (_rule, _what, text) => {
      const client = await ask(text, false);
      await client.waitFor('502 Bad Gateway (ERR_HTTP_BAD_RESPONSE)\n');
      await backend.open(0);
      client.send(LAST);
      const answers = await client.waitForEnd();
      expect(answers.match(/^HTTP\/1\.1 \d+/gm)).toEqual(['HTTP/1.1 502', 'HTTP/1.1 200']);
    },
  );

  it.each(inTheBody)('a response whose body is bad cuts the client off: RFC %s: %s', async (_rule, _what, text) => {
    const client = await ask(text, false);
    await expect(client.waitForEnd()).rejects.toThrow('ECONNRESET');
    expect(client.received).not.toContain('0\r\n\r\n');
    await backend.open(0);
  });

  it.each(ACCEPTED_RESPONSES)(
    'a good response comes out whole, and connections stay open if they can: RFC %s: %s',
    async (_rule, _what, text) => {
      const { head, body, rest } = wholeResponse(text);
      const client = await ask(text, head.framing === 'close');
      await until(() => typeof readResponse(client.received) === 'object' || client.socket.closed);
      if (head.framing === 'close') await client.waitForEnd();
      const answer = wholeResponse(client.received);
      expect(answer).toMatchObject({ body, rest: '', head: { status: head.status, reason: head.reason } });
      expect(answer.head.keepAlive).toBe(head.framing !== 'close');
      const isKept = head.keepAlive && head.framing !== 'close' && rest === '';
      await until(() => proxy.source.lent === 0);
      expect(proxy.source.idle).toHaveLength(isKept ? 1 : 0);
      await backend.open(isKept ? 1 : 0);
    },
  );
});
