import { MillpondError, type ExchangeSource } from '@millpond/contracts';
import { describe, expect, it } from 'vitest';
import { proxied } from '../test/proxied.ts';
import { ok, scriptedBackend } from '../test/scripted-backend.ts';
import type { BackendConnection } from './backend-connection.ts';

const LAST = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n';
const timeouts = { headerMs: 1000, requestMs: 3000, idleMs: 6000, tunnelMs: 0 };

/** An upstream that lends nothing. */
function exhausted(code: string): ExchangeSource<BackendConnection> {
  return {
    name: 'none',
    tryAcquire: () => undefined,
    acquire: () => Promise.reject(new MillpondError(code, 'Lent: 100 of 100 to 10.1.2.3.')),
  };
}

/** What a client gets for `request` where there is no route, or an upstream that fails with `code`. */
async function answerTo(request: string, code?: string): Promise<string> {
  await using backend = await scriptedBackend();
  const route = { upstream: exhausted(code ?? ''), timeouts, filters: [], replayStale: true };
  await using proxy = await proxied(backend, { route: () => (code === undefined ? undefined : route) });
  return await proxy.exchange(request);
}

describe('An error of the proxy', () => {
  it('is a line of text, and says what it was by Proxy-Status', async () => {
    expect(await answerTo(`${LAST}Accept: */*\r\n\r\n`)).toBe(
      'HTTP/1.1 404 Not Found\r\n' +
        'Proxy-Status: millpond; error=destination_not_found; details="ERR_HTTP_NO_ROUTE"\r\n' +
        'Vary: Accept\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 34\r\n' +
        'Via: 1.1 millpond\r\nConnection: close\r\n\r\n404 Not Found (ERR_HTTP_NO_ROUTE)\n',
    );
  });

  it('is problem details for who would rather have JSON', async () => {
    const answer = await answerTo(`${LAST}Accept: application/json, text/plain, */*\r\n\r\n`, 'ERR_POOL_QUEUE_FULL');
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head.split('\r\n')).toEqual([
      'HTTP/1.1 503 Service Unavailable',
      'Proxy-Status: millpond; error=connection_limit_reached; details="ERR_POOL_QUEUE_FULL"',
      'Retry-After: 1',
      'Vary: Accept',
      'Content-Type: application/problem+json',
      `Content-Length: ${body.length}`,
      'Via: 1.1 millpond',
      'Connection: close',
    ]);
    expect(JSON.parse(body)).toEqual({
      type: 'about:blank',
      title: 'Service Unavailable',
      status: 503,
      code: 'ERR_POOL_QUEUE_FULL',
    });
  });

  it('has the same head for HEAD, and no body', async () => {
    const accept = 'Accept: application/json\r\n\r\n';
    const [head, body] = (await answerTo(`${LAST}${accept}`)).split('\r\n\r\n');
    expect(await answerTo(`${LAST.replace('GET', 'HEAD')}${accept}`)).toBe(`${head}\r\n\r\n`);
    expect(head).toContain(`Content-Length: ${body?.length}`);
  });

  it('says no more than its code', async () => {
    const answer = await answerTo(`${LAST}\r\n`, 'ERR_UPSTREAM_UNAVAILABLE');
    expect(answer).toContain('503 Service Unavailable (ERR_UPSTREAM_UNAVAILABLE)');
    expect(answer).not.toMatch(/Lent|10\.1\.2\.3|Retry-After/);
  });

  it.each([
    ['a status line alone', 'HTTP/1.1 299 x\r\nbad line\r\n\r\n', '; received-status=299'],
    ['a head in pieces', ['HTTP/1.1 201 x\r\n', 'bad\n'], '; received-status=201'],
    ['a switch of protocols', 'HTTP/1.1 101 x\r\n\r\n', '; received-status=101'],
    ['no HTTP', 'SSH-2.0\r\n\r\n', ''],
  ])('tells the status of a response that it refuses: %s', async (_what, response, received) => {
    await using backend = await scriptedBackend((socket) => {
      const [first = '', second = ''] = [response].flat();
      socket.write(first, () => setImmediate(() => socket.write(second)));
    });
    await using proxy = await proxied(backend);
    expect(await proxy.exchange(`${LAST}\r\n`)).toContain(
      `\r\nProxy-Status: millpond; error=http_protocol_error${received}; details="ERR_HTTP_BAD_RESPONSE"\r\n`,
    );
  });

  it('does not take the status of the response before for its own', async () => {
    await using backend = await scriptedBackend((socket, count) => socket.write(count === 1 ? ok() : 'HTTP/1.1 2\n'));
    await using proxy = await proxied(backend);
    expect(await proxy.exchange(`GET / HTTP/1.1\r\nHost: a\r\n\r\n${LAST}\r\n`)).toContain(
      'error=http_protocol_error; details',
    );
  });

  it('is said by the proxy alone: what a backend says goes through as it is', async () => {
    const response = 'HTTP/1.1 502 Bad\r\nProxy-Status: other; error=dns_error\r\nContent-Length: 2\r\n\r\nno';
    await using backend = await scriptedBackend((socket) => socket.write(response));
    await using proxy = await proxied(backend);
    const answer = await proxy.exchange(`${LAST}Accept: application/json\r\n\r\n`);
    expect(answer.match(/Proxy-Status: .*/g)).toEqual(['Proxy-Status: other; error=dns_error']);
    expect(answer.endsWith('\r\n\r\nno')).toBe(true);
  });
});
