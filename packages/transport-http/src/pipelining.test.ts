import { startHttpBackend } from '@millpond/testkit';
import { describe, expect, it } from 'vitest';
import { echo } from '../test/echo.ts';
import { proxied } from '../test/proxied.ts';
import { READ_PATHS } from '../test/read-paths.ts';
import { ok, scriptedBackend } from '../test/scripted-backend.ts';
import { settled } from '../test/settled.ts';

/** Answers with the target of the request. */
function targetBackend(): ReturnType<typeof startHttpBackend> {
  return startHttpBackend({ handler: (request, response) => void response.end(request.url) });
}

function bodiesOf(answer: string): string[] {
  return [...answer.matchAll(/\r\nContent-Length: (\d+)\r\n(?:.+\r\n)*\r\n/gi)].map((match) => {
    const start = match.index + match[0].length;
    return answer.slice(start, start + Number(match[1]));
  });
}

describe.each(READ_PATHS)('Requests sent ahead, to a proxy that reads by $path,', ({ bareHandles }) => {
  it('are answered in order, however many', async () => {
    await using backend = await targetBackend();
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    const targets = Array.from({ length: 3000 }, (_, index) => `/${index}`);
    client.send(targets.map((target) => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''));
    client.send('GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(bodiesOf(await client.waitForEnd())).toEqual([...targets, '/last']);
    expect(backend.connections).toBe(1);
  });

  it('are answered in order with bodies of all kinds', async () => {
    await using backend = await startHttpBackend({ handler: echo });
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    const requests = Array.from({ length: 30 }, (_, index) => {
      const body = String(index % 10).repeat(index * 400);
      const isLast = index === 29 ? 'Connection: close\r\n' : '';
      return index % 2 === 0
        ? { body, text: `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n${isLast}\r\n${body}` }
        : {
            body,
            text: `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n${isLast}\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
          };
    });
    client.send(requests.map(({ text }) => text).join(''));
    expect(bodiesOf(await client.waitForEnd())).toEqual(requests.map(({ body }) => body));
  });

  it('are answered up to a bad one, which is refused', async () => {
    await using backend = await targetBackend();
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send(
      'GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HTTP/1.1\r\n\r\nGET /4 HTTP/1.1\r\nHost: a\r\n\r\n',
    );
    const answer = await client.waitForEnd();
    expect(bodiesOf(answer)).toEqual(['/1', '/2', '400 Bad Request (ERR_HTTP_BAD_REQUEST)\n']);
    expect(backend.requests).toBe(2);
    expect(await proxy.ended(3)).toMatchObject([
      { status: 200 },
      { status: 200 },
      { status: 400, method: 'GET', result: 'refused' },
    ]);
  });

  it('are not looked at after one that says Connection: close', async () => {
    await using backend = await targetBackend();
    await using proxy = await proxied(backend, { bareHandles });
    const answer = await proxy.exchange(
      'GET /1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n',
    );
    expect(bodiesOf(answer)).toEqual(['/1']);
    expect(backend.requests).toBe(1);
  });

  it('are answered by the proxy itself in order, too', async () => {
    await using backend = await targetBackend();
    await using proxy = await proxied(backend, { bareHandles, route: () => undefined });
    const client = await proxy.connect();
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(5000));
    client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(bodiesOf(await client.waitForEnd())).toHaveLength(5001);
  });

  it('are not read on and on while one is being answered', async () => {
    await using backend = await scriptedBackend();
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    const request = `GET / HTTP/1.1\r\nHost: a\r\nb: ${'c'.repeat(4000)}\r\n\r\n`;
    // More than the kernel holds for both sides: what the proxy does not read stays with the client.
    const tooMuch = request.repeat(6000);
    client.send(tooMuch);
    await backend.waitFor('\r\n\r\n');
    expect(await settled(() => client.socket.writableLength)).toBeGreaterThan(0);
    expect(backend.sockets).toHaveLength(1);
    expect(backend.sockets[0]?.requests).toBe(1);
  });

  it('wait while the client does not take the answers', async () => {
    const body = 'x'.repeat(1_000_000);
    await using backend = await scriptedBackend((socket) => socket.write(ok(body)));
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.socket.pause();
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(100));
    await backend.waitFor('\r\n\r\n');
    expect(await settled(() => backend.sockets[0]?.requests ?? 0)).toBeLessThan(50);
    client.socket.resume();
    await proxy.ended(100);
    expect(proxy.ends.every(({ bytesOut }) => bytesOut === body.length)).toBe(true);
  });

  it('wait for that also where each comes by itself', async () => {
    // Read whole by the proxy, and so done with as soon as it is there.
    const body = 'x'.repeat(60_000);
    await using backend = await scriptedBackend((socket) => socket.write(ok(body)));
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.socket.pause();
    const asked = 600;
    for (let count = 1; count <= asked; count++) {
      client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      for (let turns = 0; turns < 20 && proxy.ends.length < count; turns++) await new Promise(setImmediate);
    }
    expect(await settled(() => backend.sockets[0]?.requests ?? 0)).toBeLessThan(asked / 2);
    client.socket.resume();
    await proxy.ended(asked);
    expect(proxy.ends.every(({ bytesOut }) => bytesOut === body.length)).toBe(true);
  });
});
