import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ACCEPTED_REQUESTS } from '../test/corpus/accepted-requests.ts';
import { REFUSED_REQUESTS } from '../test/corpus/refused-requests.ts';
import { UNFINISHED_REQUESTS } from '../test/corpus/unfinished-requests.ts';
import { proxied, type Proxied } from '../test/proxied.ts';
import { readRequest, type Whole } from '../test/read-message.ts';
import { readingBackend, type ReadingBackend } from '../test/reading-backend.ts';
import type { RequestHead } from './request-head.ts';

const ANSWER = 'HTTP/1.1 204 No Content\r\nX-Answered: yes\r\n\r\n';
const GOOD = 'GET /good HTTP/1.1\r\nHost: a\r\n\r\n';
const LAST = 'GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

function statusesOf(answers: string): string[] {
  return [...answers.matchAll(/^HTTP\/1\.1 (\d+) /gm)].map(([, status = '']) => status);
}

function wholeRequest(message: string): Whole<RequestHead> {
  const reading = readRequest(message, { keepChunks: false });
  if (typeof reading !== 'object') throw new Error('The request is not whole.');
  return reading;
}

describe('Through a proxy, on sockets,', () => {
  let backend: ReadingBackend;
  let proxy: Proxied;

  beforeAll(async () => {
    backend = await readingBackend((socket) => socket.write(ANSWER));
    proxy = await proxied(backend);
  });

  beforeEach(() => {
    backend.requests.length = 0;
  });

  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await backend[Symbol.asyncDispose]();
  });

  it.each(REFUSED_REQUESTS)(
    'a bad request behind a good one is refused, never whole at a backend, and the last one: RFC %s: %s',
    async (_rule, _what, message, status) => {
      const answers = await proxy.exchange(GOOD + message + LAST);
      expect(statusesOf(answers)).toEqual(['204', String(status)]);
      expect(answers).toMatch(/\r\nConnection: close\r\n\r\n[^\r]+\n$/);
      // Where the head had gone out before the body turned out bad, its connection is gone, too.
      await backend.open(proxy.source.idle.length);
      expect(backend.requests.map(({ head }) => head.target)).toEqual(['/good']);
    },
  );

  it.each(UNFINISHED_REQUESTS)('a client that leaves before the end of %s is no request', async (_what, message) => {
    const client = await proxy.connect();
    client.send(message);
    client.end();
    expect(await client.waitForEnd()).toBe('');
    await backend.open(proxy.source.idle.length);
    expect(backend.requests).toEqual([]);
  });

  it.each(ACCEPTED_REQUESTS)(
    'a good request comes out whole, and its connection stays open if it says so: RFC %s: %s',
    async (_rule, _what, message) => {
      const { head, body, rest } = wholeRequest(message);
      const answers = await proxy.exchange(message.slice(0, message.length - rest.length) + LAST);
      const [passedOn, last] = backend.requests;
      expect(passedOn).toMatchObject({ body, head: { method: head.method, target: head.originTarget } });
      expect(passedOn?.head.authority).toBe(head.authority === '' ? backend.backend.url : head.authority);
      expect(last?.head.target).toBe(head.keepAlive ? '/last' : undefined);
      expect(statusesOf(answers)).toEqual(head.keepAlive ? ['204', '204'] : ['204']);
    },
  );
});
