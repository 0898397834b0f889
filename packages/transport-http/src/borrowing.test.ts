import type { Filter } from '@millpond/contracts';
import { describe, expect, it } from 'vitest';
import { proxied } from '../test/proxied.ts';
import { ok, scriptedBackend } from '../test/scripted-backend.ts';
import { until } from '../test/until.ts';
import { DEFAULT_TIMEOUTS } from './http-transport.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const post = (length: number, body: string): string =>
  `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n${body}`;
const filter: Filter = { onRequest: () => undefined };

describe('A connection to the backend is asked for', () => {
  it.each([
    ['at the end of the turn, when others are free again,', GET, [], ['read', 'read', 'asked', 'asked']],
    ['so too for a short body', post(2, 'hi'), [], ['read', 'read', 'asked', 'asked']],
    ['so too behind a filter', GET, [filter], ['read', 'read', 'asked', 'asked']],
    ['at once where more of the body will come', post(2, 'h'), [], ['read', 'asked', 'read', 'asked']],
    ['at once for a long body', post(20_000, 'x'.repeat(20_000)), [], ['read', 'asked', 'read', 'asked']],
    [
      'at once for a long body behind a filter',
      post(20_000, 'x'.repeat(20_000)),
      [filter],
      ['read', 'asked', 'read', 'asked'],
    ],
  ])('%s', async (_when, request, filters, expected) => {
    const log: string[] = [];
    await using backend = await scriptedBackend();
    await using proxy = await proxied(backend, {
      route: () => {
        log.push('read');
        return { upstream: proxy.source, timeouts: DEFAULT_TIMEOUTS, filters, replayStale: true };
      },
    });
    proxy.source.onPick = () => log.push('asked');
    const clients = [await proxy.connect(), await proxy.connect()];
    await until(() => proxy.listener.connections === 2);
    for (const client of clients) client.send(request);
    await until(() => log.length === 4);
    expect(log).toEqual(expected);
  });
});

describe('A connection that is closed between being lent and being used', () => {
  it('gives way to a new one, whatever the request', async () => {
    await using backend = await scriptedBackend((socket) => socket.write(ok('hi')));
    await using proxy = await proxied(backend);
    const acquire = proxy.source.acquire.bind(proxy.source);
    proxy.source.acquire = async (...request) => {
      const lease = await acquire(...request);
      lease.connection.close();
      return lease;
    };
    const client = await proxy.connect();
    client.send(post(5, 'hello'));
    expect(await client.waitFor('hi')).toMatch(/^HTTP\/1\.1 200 /);
    expect(backend.received.match(/POST/g)).toHaveLength(1);
    expect(proxy.source).toMatchObject({ redials: 1, lent: 0 });
  });
});
