import type { Socket } from 'node:net';
import type { FilterExchange } from '@millpond/contracts';
import { startRawServer } from '@millpond/testkit';
import { describe, expect, it } from 'vitest';
import { nothingLeft } from '../test/nothing-left.ts';
import { proxied } from '../test/proxied.ts';
import { READ_PATHS } from '../test/read-paths.ts';
import { ok, scriptedBackend } from '../test/scripted-backend.ts';
import { settled } from '../test/settled.ts';
import { until } from '../test/until.ts';
import { switching, UPGRADE, upgrade } from '../test/upgrading.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
/** Answers of 60 kB that are more than the kernel takes for a client that does not read. */
const EARLIER = 200;

describe.each(READ_PATHS)('A proxy that reads by $path', ({ bareHandles }) => {
  it('passes an upgrade on, and the 101, each with its fields', async () => {
    await using backend = await scriptedBackend((socket) => socket.write(switching('X/1', 'Y: b\r\n')));
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send(upgrade('web, x/1', 'Sec-A: b\r\n'));
    expect(await client.waitFor('\r\n\r\n')).toBe(
      'HTTP/1.1 101 Switching Protocols\r\nY: b\r\nVia: 1.1 millpond\r\nConnection: Upgrade\r\nUpgrade: X/1\r\n\r\n',
    );
    expect(backend.received).toMatch(/^GET \/up HTTP\/1\.1\r\nHost: a\r\nSec-A: b\r\n/);
    expect(backend.received).toMatch(/\r\nConnection: Upgrade\r\nUpgrade: web, x\/1\r\n\r\n$/);
    expect(proxy.source.answered).toEqual([101]);
  });

  describe('asks for no upgrade on behalf of', () => {
    it.each([
      ['a request that names it in no Connection field', 'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\n\r\n'],
      ['a request that has no Upgrade field', 'GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n\r\n'],
      ['an HTTP/1.0 client', UPGRADE.replace('HTTP/1.1', 'HTTP/1.0')],
      ['a request with a body', `${upgrade('x', 'Content-Length: 2\r\n')}hi`],
      ['a request with a chunked body', `${upgrade('x', 'Transfer-Encoding: chunked\r\n')}0\r\n\r\n`],
      ['one that wants h2c', upgrade('h2c')],
      ['one that wants another version of HTTP', upgrade('H2, HTTP/2.0, , H2C')],
    ])('%s', async (_, request) => {
      await using backend = await scriptedBackend((socket) => socket.write(ok('hi')));
      await using proxy = await proxied(backend, { bareHandles });
      const client = await proxy.connect();
      client.send(request);
      expect(await client.waitFor('hi')).toMatch(/^HTTP\/1\.1 200 /);
      expect(backend.received).not.toMatch(/upgrade/i);
      expect(await proxy.ended(1)).toMatchObject([{ status: 200 }]);
    });
  });

  it('leaves h2c out of what it asks for', async () => {
    await using backend = await scriptedBackend();
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send(upgrade('H2C, x', 'Upgrade: h2c, y/1\r\n'));
    await backend.waitFor('\r\n\r\n');
    expect(backend.received).toContain('\r\nUpgrade: x, y/1\r\n');
  });

  it.each(['a b', 'a/b/c', 'a/', '/1', 'a@b', 'a, "b"'])('refuses an upgrade to %j', async (protocols) => {
    await using backend = await scriptedBackend();
    await using proxy = await proxied(backend, { bareHandles });
    expect(await proxy.exchange(upgrade(protocols))).toMatch(/^HTTP\/1\.1 400 [^]*ERR_HTTP_BAD_REQUEST/);
    expect(backend.sockets).toHaveLength(0);
  });

  describe('answers 502, and closes the connection, where a backend switches', () => {
    it.each([
      ['though nobody asked', GET, switching()],
      ['though it was asked for h2c, which is not passed on', upgrade('h2c'), switching('h2c')],
      ['though the request had a body', `${upgrade('x', 'Content-Length: 2\r\n')}hi`, switching()],
      ['to something else', UPGRADE, switching('y')],
      ['to another version', upgrade('x/1'), switching('x/2')],
      ['to more than was asked for', UPGRADE, switching('x, y')],
      ['to h2c besides', upgrade('h2c, x'), switching('h2c')],
      ['and does not say to what', UPGRADE, 'HTTP/1.1 101 Fine\r\nConnection: upgrade\r\n\r\n'],
      ['without a word in Connection', UPGRADE, 'HTTP/1.1 101 Fine\r\nUpgrade: x\r\n\r\n'],
      ['in HTTP/1.0', UPGRADE, switching().replace('HTTP/1.1', 'HTTP/1.0')],
      ['to what is no protocol', UPGRADE, switching('x/y/z')],
    ])('%s', async (_, request, answer) => {
      await using backend = await scriptedBackend((socket) => socket.write(`${answer}HTTP/1.1 200 OK\r\n\r\n`));
      await using proxy = await proxied(backend, { bareHandles });
      const client = await proxy.connect();
      client.send(request);
      expect(await client.waitFor('502 Bad Gateway (ERR_HTTP_BAD_RESPONSE)')).not.toMatch(/^upgrade/im);
      await backend.open(0);
      expect(proxy.source.results).toEqual(['bad-response']);
      expect(proxy.source.answered).toEqual([]);
      expect(proxy.ends).toMatchObject([{ status: 502, errorCode: 'ERR_HTTP_BAD_RESPONSE' }]);
      expect(proxy.listener.connections).toBe(1);
    });
  });

  it.each([
    ['401', 'Content-Length: 5\r\n\r\nplain'],
    ['426', 'Transfer-Encoding: chunked\r\n\r\n5\r\nplain\r\n0\r\n\r\n'],
    ['200', 'Content-Length: 5\r\n\r\nplain'],
  ])('relays a refusal of %s, and goes on with both connections', async (status, rest) => {
    await using backend = await scriptedBackend((socket, count) =>
      socket.write(count === 1 ? `HTTP/1.1 ${status} No\r\n${rest}` : ok('second')),
    );
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send(UPGRADE + GET);
    expect(await client.waitFor('second')).toMatch(new RegExp(`^HTTP/1.1 ${status} No\r\n[^]*plain`));
    expect(backend.sockets).toHaveLength(1);
    expect(proxy.source.results).toEqual(['completed', 'completed']);
    expect(proxy.ends).toMatchObject([{ status: Number(status), errorCode: undefined }, { status: 200 }]);
  });

  it('tells a client what a 426 wants it to switch to, without other versions of HTTP', async () => {
    await using backend = await scriptedBackend((socket) =>
      socket.write(
        'HTTP/1.1 426 Upgrade Required\r\nConnection: Upgrade\r\nUpgrade: h2c, x\r\nContent-Length: 0\r\n\r\n',
      ),
    );
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send(GET);
    expect(await client.waitFor('\r\n\r\n')).toContain('\r\nConnection: Upgrade\r\nUpgrade: x\r\n');
  });

  it('relays what comes before the 101', async () => {
    await using backend = await scriptedBackend((socket) =>
      socket.write(`HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n${switching()}hello`),
    );
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send(UPGRADE);
    expect(await client.waitFor('hello')).toMatch(/^HTTP\/1\.1 103 [^]*\r\n\r\nHTTP\/1\.1 101 /);
  });

  it('holds what a client sends early until the 101, and never reads it as HTTP', async () => {
    const early = `${GET}\x81\x00\xff no HTTP at all \n`;
    await using backend = await scriptedBackend();
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send(UPGRADE + early);
    await backend.waitFor('\r\n\r\n');
    client.send('more');
    await settled(() => backend.received.length);
    expect(backend.received).toMatch(/\r\nUpgrade: x\r\n\r\n$/);
    backend.sockets[0]?.socket.write(switching());
    await backend.waitFor('more');
    expect(backend.received.endsWith(`\r\n\r\n${early}more`)).toBe(true);
    client.end();
    expect(await proxy.ended(1)).toMatchObject([{ status: 101, bytesIn: early.length + 4, bytesOut: 0 }]);
  });

  it('reads early bytes as HTTP where there is no 101', async () => {
    await using backend = await scriptedBackend();
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send(`${UPGRADE}no HTTP at all\r\n\r\n`);
    await backend.waitFor('\r\n\r\n');
    backend.sockets[0]?.socket.write(ok('no'));
    expect(await client.waitForEnd()).toMatch(/^HTTP\/1\.1 200 [^]*no[^]*HTTP\/1\.1 400 /);
    expect(backend.received).not.toContain('no HTTP');
  });

  it('stops reading a client that sends ever more before the 101, and loses none of it', async () => {
    const early = Buffer.alloc(12_000_000, 'early ');
    const accepted: Socket[] = [];
    const received: Buffer[] = [];
    await using server = await startRawServer((socket) => {
      accepted.push(socket.on('data', (chunk) => received.push(chunk)).on('end', () => socket.end()));
    });
    await using proxy = await proxied(server, { bareHandles });
    const client = await proxy.connect();
    client.send(UPGRADE);
    client.send(early);
    await until(() => received.length === 1);
    expect(await settled(() => client.socket.writableLength)).toBeGreaterThan(0);
    accepted[0]?.write(switching());
    await client.waitFor('101');
    client.end();
    expect(await proxy.ended(1)).toMatchObject([{ result: 'completed', bytesIn: early.length }]);
    expect(Buffer.concat(received.slice(1)).equals(early)).toBe(true);
  });

  it('passes on what came in one piece with the 101, and counts it', async () => {
    await using backend = await scriptedBackend((socket) => socket.end(`${switching()}hello`));
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send(UPGRADE);
    expect(await client.waitForEnd()).toMatch(/\r\n\r\nhello$/);
    client.end();
    expect(await proxy.ended(1)).toMatchObject([{ bytesIn: 0, bytesOut: 5, result: 'completed' }]);
    await nothingLeft(proxy, backend.server);
  });

  it('switches on connections that carried long messages before', async () => {
    const long = 'x'.repeat(300_000);
    // The second empty line is the end of the first request's body.
    await using backend = await scriptedBackend((socket, count) => {
      if (count === 2) socket.write(ok(long));
      if (count === 3) socket.write(`${switching()}${long}1`);
    });
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${long.length + 4}\r\n\r\n${long}\r\n\r\n`);
    await client.waitFor(long);
    await proxy.ended(1);
    client.send(UPGRADE);
    await client.waitFor(`${long}1`);
    client.send(`${long}2`);
    await backend.waitFor(`${long}2`);
    backend.sockets[0]?.socket.end(`${long}3`);
    expect((await client.waitForEnd()).endsWith(`\r\n\r\n${long}1${long}3`)).toBe(true);
    client.end();
    await nothingLeft(proxy, backend.server);
    expect(backend.sockets).toHaveLength(1);
    expect(proxy.ends).toMatchObject([{}, { bytesIn: long.length + 1, bytesOut: 2 * long.length + 2 }]);
  });

  it('asks once more, on a new connection, where a kept one turns out to be stale', async () => {
    await using backend = await scriptedBackend((socket, count) => {
      if (count === 2) socket.resetAndDestroy();
      else socket.write(backend.sockets.length === 1 ? ok('hi') : `${switching()}hello`);
    });
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send(GET);
    await client.waitFor('hi');
    client.send(UPGRADE);
    await client.waitFor('hello');
    expect(proxy.source.redials).toBe(1);
    expect(backend.sockets[1]?.received).toContain('\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
  });

  it.each([
    ['ends', (client: { end(): void }) => client.end()],
    ['resets', (client: { reset(): void }) => client.reset()],
  ])('closes the connection to the backend where the client %s before the 101', async (_, leave) => {
    await using backend = await scriptedBackend();
    await using proxy = await proxied(backend, { bareHandles });
    const client = await proxy.connect();
    client.send(UPGRADE);
    await backend.waitFor('\r\n\r\n');
    leave(client);
    await nothingLeft(proxy, backend.server);
    expect(proxy.source.results).toEqual(['aborted']);
    expect(proxy.ends).toMatchObject([{ status: 0, result: 'aborted' }]);
  });

  it('answers 502 where the connection is closed right after the 101', async () => {
    await using backend = await scriptedBackend((socket) => socket.write(switching()));
    await using proxy = await proxied(backend, { bareHandles });
    proxy.source.onReport = () => queueMicrotask(() => proxy.source.closeLent());
    const client = await proxy.connect();
    client.send(UPGRADE);
    expect(await client.waitFor('502 Bad Gateway (ERR_HTTP_BACKEND_RESET)')).not.toContain('101');
    client.send(GET);
    await proxy.ended(1);
    await backend.open(1);
  });

  it('answers 504 where neither a 101 nor a refusal comes in time', async () => {
    await using backend = await scriptedBackend();
    await using proxy = await proxied(backend, { bareHandles, timeouts: { requestMs: 1000 } });
    const client = await proxy.connect();
    client.send(`${UPGRADE}early`);
    await backend.waitFor('\r\n\r\n');
    await proxy.clock.advance(1200);
    await client.waitFor('504 Gateway Timeout (ERR_HTTP_BACKEND_TIMEOUT)');
    await backend.open(0);
  });

  it.each(['CONNECT', 'TRACE'])('refuses %s, also as an upgrade', async (method) => {
    await using backend = await scriptedBackend();
    await using proxy = await proxied(backend, { bareHandles });
    expect(await proxy.exchange(UPGRADE.replace('GET', method))).toMatch(/^HTTP\/1\.1 501 /);
  });

  describe('with filters', () => {
    it('shows them the 101 and lets them add to it, but not the fields that switch', async () => {
      const seen: unknown[] = [];
      await using backend = await scriptedBackend((socket) => socket.write(switching()));
      const onEnd = (_exchange: unknown, ...end: unknown[]): void => void seen.push(...end);
      await using proxy = await proxied(backend, {
        bareHandles,
        filters: [
          {
            onRequest: (exchange) => void seen.push(exchange.requestHeader('upgrade')),
            onResponse: (exchange) => {
              seen.push(exchange.status, exchange.responseHeader('upgrade'));
              exchange.setResponseHeader('B', 'c');
            },
            onEnd,
          },
        ],
      });
      const client = await proxy.connect();
      client.send(UPGRADE);
      expect(await client.waitFor('\r\n\r\n')).toContain('\r\nB: c\r\n');
      client.send('12');
      await backend.waitFor('12');
      backend.sockets[0]?.socket.end('345');
      await client.waitForEnd();
      client.end();
      await proxy.ended(1);
      expect(seen).toEqual([undefined, 101, undefined, 3, true]);
    });

    it('waits for one that takes its time, with all that comes meanwhile', async () => {
      let open: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => (open = resolve));
      await using backend = await scriptedBackend((socket) => socket.write(`${switching()}hello`));
      await using proxy = await proxied(backend, { bareHandles, filters: [{ onResponse: () => gate }] });
      const client = await proxy.connect();
      client.send(`${UPGRADE}early`);
      await until(() => proxy.source.answered.length === 1);
      backend.sockets[0]?.socket.write('world');
      await settled(() => client.received.length);
      expect(client.received).toBe('');
      open();
      expect(await client.waitFor('helloworld')).toMatch(/^HTTP\/1\.1 101 /);
      await backend.waitFor('early');
    });

    it('loses nothing that comes meanwhile where the client takes an earlier answer only then', async () => {
      let open: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => (open = resolve));
      await using backend = await scriptedBackend((socket, count) =>
        socket.write(count <= EARLIER ? ok('x'.repeat(60_000)) : `${switching()}hello`),
      );
      const onResponse = (exchange: FilterExchange): Promise<void> | undefined =>
        exchange.status === 101 ? gate : undefined;
      await using proxy = await proxied(backend, { bareHandles, filters: [{ onResponse }] });
      const client = await proxy.connect();
      client.socket.pause();
      client.send(GET.repeat(EARLIER) + UPGRADE);
      expect(await settled(() => proxy.ends.length)).toBeLessThan(EARLIER);
      client.socket.resume();
      await until(() => proxy.source.answered.includes(101));
      const received = await settled(() => client.socket.bytesRead);
      backend.sockets[0]?.socket.write(' world');
      expect(await settled(() => client.socket.bytesRead)).toBe(received);
      open();
      await client.waitFor('hello world');
    });

    it('closes the connection to the backend where the client goes while one takes its time', async () => {
      let open: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => (open = resolve));
      await using backend = await scriptedBackend((socket) => socket.write(switching()));
      await using proxy = await proxied(backend, { bareHandles, filters: [{ onResponse: () => gate }] });
      const client = await proxy.connect();
      client.send(UPGRADE);
      await until(() => proxy.source.answered.length === 1);
      client.reset();
      await nothingLeft(proxy, backend.server);
      open();
      await settled(() => proxy.ends.length);
      expect(proxy.ends).toMatchObject([{ status: 0, result: 'aborted' }]);
    });

    it('answers 502 where one throws, and closes the connection', async () => {
      await using backend = await scriptedBackend((socket) => socket.write(switching()));
      const onResponse = (): never => {
        throw new Error('no');
      };
      await using proxy = await proxied(backend, { bareHandles, filters: [{ onResponse }] });
      const client = await proxy.connect();
      client.send(UPGRADE);
      await client.waitFor('502 Bad Gateway (ERR_HTTP_FILTER_FAILED)');
      await backend.open(0);
      expect(proxy.listener.connections).toBe(1);
    });
  });
});
