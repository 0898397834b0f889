import { describe, expect, it } from 'vitest';
import { proxied, type Proxied } from '../test/proxied.ts';
import { scriptedBackend } from '../test/scripted-backend.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const HEAD = 'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n';
const LAST = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
const OLD = 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n';
const OLD_LAST = 'GET / HTTP/1.0\r\n\r\n';

const VIA = 'Via: 1.1 millpond\r\n';

/** Makes one request after the other, each as a client of its own, and expects its answer, byte by byte. */
async function expectAnswers(proxy: Proxied, exchanges: readonly (readonly [string, string])[]): Promise<void> {
  for (const [request, answer] of exchanges) {
    const client = await proxy.connect();
    client.send(request);
    await client.waitFor(answer);
    expect(client.received).toBe(answer);
  }
}

describe('A response that says what the one before it said', () => {
  it('reaches each client in the form that is right for it', async () => {
    await using backend = await scriptedBackend((socket) =>
      socket.write('HTTP/1.1 200 Fine\r\nETag: "1"\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi'),
    );
    await using proxy = await proxied(backend);
    const says = (last: string): string => `HTTP/1.1 200 Fine\r\nETag: "1"\r\nContent-Length: 2\r\n${VIA}${last}\r\nhi`;
    const kept = [GET, says('')] as const;
    const closed = [LAST, says('Connection: close\r\n')] as const;
    const old = [OLD, says('Connection: keep-alive\r\n')] as const;
    const oldClosed = [OLD_LAST, says('Connection: close\r\n')] as const;
    await expectAnswers(proxy, [closed, kept, kept, closed, old, kept, oldClosed, old, kept]);
    expect(backend.sockets).toHaveLength(1);
  });

  it.each([
    ['a length', 'Content-Length: 2\r\n', 'hi'],
    ['chunks', 'Transfer-Encoding: chunked\r\n', '2\r\nhi\r\n0\r\n\r\n'],
  ])('has a body or none, as the request has it, with %s', async (_what, framing, body) => {
    const head = 'HTTP/1.1 200 OK\r\n';
    await using backend = await scriptedBackend((socket, _count, text) =>
      socket.write(`${head}${framing}\r\n${text.lastIndexOf('HEAD /') > text.lastIndexOf('GET /') ? '' : body}`),
    );
    await using proxy = await proxied(backend);
    const get = [GET, `${head}${framing}${VIA}\r\n${body}`] as const;
    const headOnly = [HEAD, `${head}${framing.startsWith('C') ? framing : ''}${VIA}\r\n`] as const;
    await expectAnswers(proxy, [headOnly, headOnly, get, get, headOnly, get]);
    expect(backend.sockets).toHaveLength(1);
  });

  it('has its chunks or ends with its connection, as the client knows it', async () => {
    await using backend = await scriptedBackend((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n'),
    );
    await using proxy = await proxied(backend);
    const chunked = [GET, `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n${VIA}\r\n2\r\nhi\r\n0\r\n\r\n`] as const;
    const old = [OLD, `HTTP/1.1 200 OK\r\n${VIA}Connection: close\r\n\r\nhi`] as const;
    await expectAnswers(proxy, [chunked, old, chunked, chunked, old]);
    expect(backend.sockets).toHaveLength(1);
  });

  it('is what a filter makes of it each time', async () => {
    let count = 0;
    const filters = [
      {
        onResponse: (exchange: { setResponseHeader(name: string, value: string): void }) => {
          if (count++ % 2 === 1) exchange.setResponseHeader('Count', String(count));
        },
      },
    ];
    await using backend = await scriptedBackend((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'),
    );
    await using proxy = await proxied(backend, { filters });
    const says = (field: string) => [GET, `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n${field}${VIA}\r\nhi`] as const;
    const exchanges = ['', 'Count: 2\r\n', '', 'Count: 4\r\n', '', 'Count: 6\r\n'].map(says);
    await expectAnswers(proxy, exchanges);
  });

  it('is another one where one byte is', async () => {
    const heads = [
      'HTTP/1.1 200 OK\r\na: 1\r\nContent-Length: 0\r\n',
      'HTTP/1.1 200 OK\r\na: 1\r\nContent-Length: 0\r\n',
      'HTTP/1.1 201 OK\r\na: 1\r\nContent-Length: 0\r\n',
      'HTTP/1.1 201 OK\r\na: 2\r\nContent-Length: 0\r\n',
      'HTTP/1.1 201 OK\r\na: 2\r\nb: 2\r\nContent-Length: 0\r\n',
      'HTTP/1.1 201 OK\r\na: 2\r\nContent-Length: 0\r\n',
      'HTTP/1.1 201 \r\na: 2\r\nContent-Length: 0\r\n',
    ];
    await using backend = await scriptedBackend((socket, count) => socket.write(`${heads[count - 1]}\r\n`));
    await using proxy = await proxied(backend);
    await expectAnswers(
      proxy,
      heads.map((head) => [GET, `${head}${VIA}\r\n`]),
    );
    expect(backend.sockets).toHaveLength(1);
  });
});
