import { startRawServer } from '@millpond/testkit';
import { describe, expect, it } from 'vitest';
import { proxied } from '../test/proxied.ts';
import { READ_PATHS } from '../test/read-paths.ts';
import { ok, scriptedBackend } from '../test/scripted-backend.ts';
import { settled } from '../test/settled.ts';

const EXPECTING = 'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n';
const GET = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

/** A response with a body that does not fit into one read. */
function refusal(status: string): string {
  return `HTTP/1.1 ${status}\r\nContent-Length: 300000\r\n\r\n${'n'.repeat(299_997)}end`;
}

describe.each(READ_PATHS)('Read by $path, a response that comes before its request is whole', ({ bareHandles }) => {
  it.each([
    ['by length', 'Content-Length: 50000000', (bytes: string) => bytes],
    ['in chunks', 'Transfer-Encoding: chunked', (bytes: string) => `${bytes.length.toString(16)}\r\n${bytes}\r\n`],
  ])(
    'arrives whole while the client goes on sending %s, and neither connection is kept',
    async (_how, field, framed) => {
      await using backend = await scriptedBackend((socket) => socket.write(refusal('413 Content Too Large')));
      await using proxy = await proxied(backend, { bareHandles });
      const client = await proxy.connect();
      client.send(`POST / HTTP/1.1\r\nHost: a\r\n${field}\r\n\r\n`);
      for (let piece = 0; piece < 20; piece++) client.send(framed('x'.repeat(100_000)));
      const answer = await client.waitForEnd();
      expect(answer).toMatch(/^HTTP\/1\.1 413 Content Too Large\r\n[^]*Connection: close\r\n/);
      expect(answer).toMatch(/nend$/);
      expect(answer.length).toBeGreaterThan(300_000);
      await backend.open(0);
      expect(proxy.source.idle).toHaveLength(0);
      expect(proxy.ends).toMatchObject([{ status: 413, result: 'completed', bytesOut: 300_000 }]);
    },
  );

  it('arrives whole where the backend closes right behind it', async () => {
    await using backend = await scriptedBackend((socket) => socket.end(refusal('413 Content Too Large')));
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\n${'x'.repeat(1000)}`);
    expect(await client.waitForEnd()).toMatch(/nend$/);
    expect(proxy.source.idle).toHaveLength(0);
  });

  it('leaves the next client a connection of its own', async () => {
    await using backend = await scriptedBackend((socket, _count, text) =>
      socket.write(text.startsWith('POST') ? 'HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n' : ok('hi')),
    );
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhalf');
    await client.waitForEnd();
    expect(await proxy.exchange(GET)).toMatch(/\r\n\r\nhi$/);
    expect(backend.sockets).toHaveLength(2);
  });
});

// Over streams, Node closes a socket that cannot be written before it hands over what was read.
describe('Read by bare handles, a response that comes before its request is whole', () => {
  it('arrives where the backend closes with the rest unread, though that cuts off the request', async () => {
    await using backend = await startRawServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        socket.pause();
        socket.write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig', () => socket.destroy());
      });
    });
    await using proxy = await proxied(backend);
    for (let attempt = 1; attempt <= 20; attempt++) {
      const client = await proxy.connect();
      client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n${'x'.repeat(900_000)}`);
      expect(await client.waitFor('big')).toMatch(/^HTTP\/1\.1 413 /);
      client.reset();
    }
    await proxy.ended(20);
    expect(new Set(proxy.ends.map(({ status, result }) => `${status} ${result}`))).toEqual(new Set(['413 completed']));
    expect(proxy.source.idle).toHaveLength(0);
  });
});

describe.each(READ_PATHS)('Read by $path, a client that expects 100 Continue', ({ bareHandles }) => {
  it('and sends its body anyway is served by a backend that ignores the expectation', async () => {
    await using backend = await scriptedBackend((socket) => socket.once('data', () => socket.write(ok('thanks'))));
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send(EXPECTING);
    await backend.waitFor('\r\n\r\n');
    await settled(() => client.received.length);
    expect(client.received).toBe('');
    client.send('hello');
    const answer = await client.waitFor('thanks');
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).not.toContain('Connection: close');
    expect(backend.received).toMatch(/hello$/);
    expect(proxy.source.idle).toHaveLength(1);
  });

  it('and sends its body at once is served, too', async () => {
    await using backend = await scriptedBackend((socket) => socket.write(ok('thanks')));
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send(`${EXPECTING}hello`);
    expect(await client.waitFor('thanks')).not.toContain('Connection: close');
    expect(backend.received).toMatch(/hello$/);
    expect(proxy.source.idle).toHaveLength(1);
  });

  it.each(['417 Expectation Failed', '413 Content Too Large'])(
    'is told %s, and its body never becomes a request',
    async (status) => {
      await using backend = await scriptedBackend((socket) =>
        socket.write(`HTTP/1.1 ${status}\r\nContent-Length: 2\r\n\r\nno`),
      );
      await using proxy = await proxied(backend, { bareHandles });
      const client = await proxy.connect();
      client.send(EXPECTING);
      await client.waitFor('no');
      // What looks like a request, where the body would be.
      client.send('GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n');
      const answer = await client.waitForEnd();
      expect(answer).toContain(`HTTP/1.1 ${status}\r\n`);
      expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
      await backend.open(0);
      expect(backend.received).not.toContain('smuggled');
      expect(proxy.source.idle).toHaveLength(0);
    },
  );
});
