import type { Filter } from '@millpond/contracts';
import { describe, expect, it } from 'vitest';
import { proxied } from '../test/proxied.ts';
import { READ_PATHS } from '../test/read-paths.ts';
import { ok, scriptedBackend } from '../test/scripted-backend.ts';
import { settled } from '../test/settled.ts';
import { until } from '../test/until.ts';

const GET = 'GET /a/b?c=d HTTP/1.1\r\nHost: Example.com:81\r\nX-In: 1\r\n\r\n';
const LAST = GET.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n');

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** A filter that answers by itself. */
function responding(status: number, headers: Record<string, string>, body: string): Filter {
  return { onRequest: (exchange) => exchange.respond(status, headers, body) };
}

describe.each(READ_PATHS)('A filter of a proxy that reads by $path', ({ bareHandles }) => {
  it('sees the request and the response', async () => {
    const seen: unknown[] = [];
    const watching: Filter = {
      onRequest: (exchange) => {
        const { method, target, path, host, clientAddress, status, responseLength } = exchange;
        seen.push({ method, target, path, host, clientAddress, status, responseLength });
        seen.push(exchange.requestHeader('x-in'), exchange.requestHeader('x-out'), exchange.responseHeader('x-in'));
      },
      onResponse: (exchange) => {
        seen.push(exchange.status, exchange.responseLength, exchange.responseHeader('content-length'));
      },
      onEnd: (exchange, bytes, completed) => seen.push(exchange.status, bytes, completed),
    };
    await using backend = await scriptedBackend((socket) => socket.write(ok('hello')));
    await using proxy = await proxied(backend, { bareHandles, filters: [watching] });
    await proxy.exchange(LAST);
    expect(seen).toEqual([
      {
        method: 'GET',
        target: '/a/b?c=d',
        path: '/a/b',
        host: 'example.com',
        clientAddress: '127.0.0.1',
        status: 0,
        responseLength: -1,
      },
      '1',
      undefined,
      undefined,
      200,
      5,
      '5',
      200,
      5,
      true,
    ]);
  });

  it('can answer by itself only until it is done, and keeps no later filter from the response', async () => {
    let late: unknown;
    const careless: Filter = {
      onRequest: (exchange) => {
        setImmediate(() => {
          try {
            exchange.respond(403, {}, 'no');
          } catch (error) {
            late = error;
          }
        });
      },
    };
    const strict: Filter = { onResponse: (exchange) => exchange.setResponseHeader('X-Strict', '1') };
    await using backend = await scriptedBackend((socket) => void setImmediate(() => socket.write(ok('hello'))));
    await using proxy = await proxied(backend, { bareHandles, filters: [careless, strict] });
    expect(await proxy.exchange(LAST)).toMatch(/^HTTP\/1\.1 200 [^]*\r\nX-Strict: 1\r\n/);
    expect(late).toMatchObject({ code: 'ERR_HTTP_FILTER_FAILED' });
  });

  it.each(['synchronous', 'asynchronous'])('changes headers both ways, %s', async (kind) => {
    const wait = async (): Promise<void> => {
      if (kind === 'asynchronous') await turn();
    };
    const changing: Filter = {
      onRequest: (exchange) => {
        const change = (): void => {
          exchange.setRequestHeader('X-In', '2');
          exchange.setRequestHeader('Host', 'inside');
          exchange.removeRequestHeader('x-gone');
        };
        return kind === 'asynchronous' ? wait().then(change) : change();
      },
      onResponse: (exchange) => {
        const change = (): void => {
          exchange.setResponseHeader('X-Proxy', 'millpond');
          exchange.removeResponseHeader('Server');
        };
        return kind === 'asynchronous' ? wait().then(change) : change();
      },
    };
    await using backend = await scriptedBackend((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 5\r\n\r\nhello'),
    );
    await using proxy = await proxied(backend, { bareHandles, filters: [changing] });
    const client = await proxy.connect();
    client.send(GET.replace('\r\n\r\n', '\r\nx-gone: 1\r\n\r\n') + LAST);
    const answer = await client.waitForEnd();
    expect(answer.match(/\r\nX-Proxy: millpond\r\n[^]*?\r\n\r\nhello/g)).toHaveLength(2);
    expect(answer).not.toContain('Server');
    expect(backend.received.match(/^x-in: 2\r$/gim)).toHaveLength(2);
    expect(backend.received.match(/^host: inside\r$/gim)).toHaveLength(2);
    expect(backend.received).not.toContain('x-gone');
  });

  it('runs in the order of the list, each after the one before has finished', async () => {
    const order: string[] = [];
    const noting = (name: string, isSlow: boolean): Filter => ({
      onRequest: async () => {
        if (isSlow) await turn();
        order.push(`${name} request`);
      },
      onResponse: () => {
        order.push(`${name} response`);
      },
      onEnd: () => order.push(`${name} end`),
    });
    await using backend = await scriptedBackend((socket) => socket.write(ok('hello')));
    await using proxy = await proxied(backend, { bareHandles, filters: [noting('a', true), noting('b', false)] });
    await proxy.exchange(LAST);
    expect(order).toEqual(['a request', 'b request', 'a response', 'b response', 'a end', 'b end']);
  });

  it('answers in the place of the backend, and later filters do not see the request', async () => {
    const later: string[] = [];
    const ends: unknown[] = [];
    const filters: Filter[] = [
      responding(403, { 'X-Why': 'because' }, 'no, ünd ☂'),
      {
        onRequest: () => void later.push('request'),
        onEnd: (exchange, ...end) => ends.push([exchange.status, ...end]),
      },
    ];
    await using backend = await scriptedBackend();
    await using proxy = await proxied(backend, { bareHandles, filters });
    const client = await proxy.connect();
    client.send(GET + LAST);
    const answer = Buffer.from(await client.waitForEnd(), 'latin1').toString();
    expect(answer).toContain(
      'HTTP/1.1 403 Forbidden\r\nX-Why: because\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 12\r\n' +
        'Via: 1.1 millpond\r\n\r\nno, ünd ☂',
    );
    expect(answer.match(/403 Forbidden/g)).toHaveLength(2);
    expect(later).toEqual([]);
    expect(ends).toEqual([
      [403, 12, true],
      [403, 12, true],
    ]);
    expect(proxy.ends).toMatchObject([{ status: 403, result: 'completed', errorCode: undefined }, {}]);
    expect(backend.sockets).toHaveLength(0);
  });

  it('answers HEAD without a body', async () => {
    await using backend = await scriptedBackend();
    await using proxy = await proxied(backend, { bareHandles, filters: [responding(200, {}, 'hello')] });
    expect(await proxy.exchange('HEAD / HTTP/1.0\r\n\r\n')).toMatch(/Content-Length: 5\r\n[^]*\r\n\r\n$/);
  });

  it('that answers a request whose body is still coming has the connection closed', async () => {
    await using backend = await scriptedBackend();
    await using proxy = await proxied(backend, { bareHandles, filters: [responding(403, {}, 'no')] });
    const client = await proxy.connect();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nhello');
    expect(await client.waitForEnd()).toContain('Connection: close');
  });

  it.each([
    ['onRequest', 500],
    ['onResponse', 502],
  ] as const)('that throws in %s makes it %i', async (hook, status) => {
    const problems = [
      (): never => {
        throw new Error('broken');
      },
      (): Promise<never> => turn().then(() => Promise.reject(new Error('broken later'))),
      // A filter is not written in TypeScript by everyone.
      (): Promise<never> => Promise.reject(undefined),
    ];
    for (const problem of problems) {
      const ends: unknown[] = [];
      const filter: Filter = { [hook]: problem, onEnd: (exchange, ...end) => ends.push([exchange.status, ...end]) };
      await using backend = await scriptedBackend((socket) => socket.write(ok('secret')));
      await using proxy = await proxied(backend, { bareHandles, filters: [filter] });
      const answer = await proxy.exchange(LAST);
      expect(answer).toContain(`${status} `);
      expect(answer).toContain('(ERR_HTTP_FILTER_FAILED)');
      expect(answer).not.toContain('secret');
      expect(ends).toEqual([[status, expect.any(Number), false]]);
      expect(proxy.logger.entries).toHaveLength(1);
      expect(proxy.source.lent).toBe(0);
    }
  });

  it.each([
    ['a name that is no token', (exchange) => exchange.setRequestHeader('a b', 'c')],
    ['a line break in a value', (exchange) => exchange.setRequestHeader('a', 'b\r\nSet-Cookie: c')],
    ['a character beyond U+00FF', (exchange) => exchange.setRequestHeader('a', '☂')],
    ['Content-Length', (exchange) => exchange.setRequestHeader('Content-Length', '0')],
    ['Transfer-Encoding', (exchange) => exchange.removeRequestHeader('transfer-encoding')],
    ['Connection', (exchange) => exchange.setRequestHeader('connection', 'close')],
    ['a line break in the header of an answer', (exchange) => exchange.respond(200, { a: 'b\nc' }, '')],
    ['a response before there is one', (exchange) => exchange.setResponseHeader('a', 'b')],
    ['a status of 101', (exchange) => exchange.respond(101, {}, '')],
    ['a status of NaN', (exchange) => exchange.respond(Number.NaN, {}, '')],
  ] satisfies [string, NonNullable<Filter['onRequest']>][])('cannot set %s', async (_what, onRequest) => {
    await using backend = await scriptedBackend((socket) => socket.write(ok('hello')));
    await using proxy = await proxied(backend, { bareHandles, filters: [{ onRequest }] });
    expect(await proxy.exchange(LAST)).toContain('500 Internal Server Error (ERR_HTTP_FILTER_FAILED)');
    expect(backend.sockets).toHaveLength(0);
  });

  it('cannot answer any more once the backend has', async () => {
    const filter: Filter = { onResponse: (exchange) => exchange.respond(200, {}, 'late') };
    await using backend = await scriptedBackend((socket) => socket.write(ok('hello')));
    await using proxy = await proxied(backend, { bareHandles, filters: [filter] });
    expect(await proxy.exchange(LAST)).toContain('502 Bad Gateway (ERR_HTTP_FILTER_FAILED)');
  });

  it('leaves values to later ones, which are made only if they are read', async () => {
    let made = 0;
    const seen: unknown[] = [];
    const filters: Filter[] = [
      {
        onRequest: (exchange) => {
          exchange.setValue('a', 'b');
          exchange.setValue('c', () => `made ${++made}`);
          exchange.setValue('unread', () => `made ${++made}`);
        },
      },
      { onResponse: (exchange) => void seen.push(exchange.value('a'), exchange.value('c'), exchange.value('d')) },
    ];
    await using backend = await scriptedBackend((socket) => socket.write(ok('hello')));
    await using proxy = await proxied(backend, { bareHandles, filters });
    await proxy.exchange(LAST);
    expect(seen).toEqual(['b', 'made 1', undefined]);
    expect(made).toBe(1);
  });

  it.each(['onRequest', 'onResponse'] as const)('that never finishes %s is given up with 504', async (hook) => {
    const ends: unknown[] = [];
    const never: Filter = { [hook]: () => new Promise<void>(() => undefined), onEnd: () => ends.push('end') };
    await using backend = await scriptedBackend((socket) => socket.write(ok('hello')));
    await using proxy = await proxied(backend, { bareHandles, filters: [never], timeouts: { requestMs: 1000 } });
    const client = await proxy.connect();
    client.send(GET);
    await settled(() => backend.received.length);
    await proxy.clock.advance(1200);
    await client.waitFor('504 Gateway Timeout');
    expect(ends).toEqual(['end']);
    expect(proxy.source.lent).toBe(0);
  });

  it.each(['onRequest', 'onResponse'] as const)(
    'that finishes %s after the client has gone changes nothing',
    async (hook) => {
      let finish: () => void = () => undefined;
      const ends: unknown[] = [];
      const slow: Filter = {
        [hook]: () => new Promise<void>((resolve) => (finish = resolve)),
        onEnd: (_exchange, ...end) => ends.push(end),
      };
      await using backend = await scriptedBackend((socket) => socket.write(ok('hello')));
      await using proxy = await proxied(backend, { bareHandles, filters: [slow] });
      const client = await proxy.connect();
      client.send(GET);
      await settled(() => backend.received.length);
      client.reset();
      await proxy.ended(1);
      finish();
      await settled(() => proxy.source.lent);
      expect(ends).toEqual([[0, false]]);
      expect(proxy.ends).toMatchObject([{ result: 'aborted' }]);
      expect(proxy.source.lent).toBe(0);
      await backend.open(0);
      expect(proxy.logger.entries).toEqual([]);
    },
  );

  it('holds a long response back until it has finished, and loses none of it', async () => {
    const body = 'abcdefghij'.repeat(300_000);
    await using backend = await scriptedBackend((socket) => socket.write(ok(body)));
    await using proxy = await proxied(backend, { bareHandles, filters: [{ onResponse: turn, onRequest: turn }] });
    const answer = await proxy.exchange(LAST);
    expect(answer.slice(answer.indexOf('\r\n\r\n') + 4)).toBe(body);
    await until(() => proxy.buffers.leased === 0);
  });

  it('that throws in onEnd is noted, and the others are told all the same', async () => {
    const ends: string[] = [];
    const filters: Filter[] = [
      {
        onEnd: () => {
          throw new Error('broken');
        },
      },
      { onEnd: () => ends.push('end') },
    ];
    await using backend = await scriptedBackend((socket) => socket.write(ok('hello')));
    await using proxy = await proxied(backend, { bareHandles, filters });
    expect(await proxy.exchange(LAST)).toContain('hello');
    expect(ends).toEqual(['end']);
    expect(proxy.logger.entries).toHaveLength(1);
  });
});
