import { expect, test } from 'vitest';
import { startEchoServer } from './echo-server.ts';
import { startHttpBackend } from './http-backend.ts';
import type { LoopbackServer } from './loopback-server.ts';
import { connectRaw, exchangeRaw } from './raw-client.ts';
import { startRawServer } from './raw-server.ts';
import { startTcpBackend } from './tcp-backend.ts';

const GET = 'GET / HTTP/1.1\r\nhost: test\r\n\r\n';
const GET_AND_CLOSE = 'GET / HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n';

test('an HTTP backend answers with its name and counts requests and connections', async () => {
  await using server = await startHttpBackend({ name: 'one' });
  const response = await fetch(server.url);
  expect(await response.text()).toBe('one');
  expect(response.headers.get('x-backend')).toBe('one');
  await using client = await connectRaw(server.address);
  client.send(GET + GET);
  await client.waitFor('one');
  await expect.poll(() => server.requests).toBe(3);
  expect(server.connections).toBe(2);
  expect(server.openConnections).toBe(2);
});

test('an HTTP backend answers as its handler wishes', async () => {
  await using server = await startHttpBackend({
    handler: (request, response) => response.writeHead(404).end(request.url),
  });
  expect(await exchangeRaw(server.address, GET_AND_CLOSE)).toMatch(/^HTTP\/1.1 404 .*\r\n\/\r\n/s);
});

test('a TCP backend greets and echoes until its client ends', async () => {
  await using server = await startTcpBackend({ name: 'two' });
  expect(await exchangeRaw(server.address, 'ping', { halfClose: true })).toBe('two\nping');
  expect(server.requests).toBe(1);
  await expect.poll(() => server.openConnections).toBe(0);
});

test('it listens on IPv6 too, and describes itself as a backend', async () => {
  await using server = await startEchoServer({ host: '::1' });
  expect(server.url).toBe(`[::1]:${server.port}`);
  expect(server.backend).toEqual({
    id: server.url,
    url: server.url,
    address: { host: '::1', port: server.port },
    weight: 1,
    priority: 0,
  });
  expect(await exchangeRaw(server.address, 'ping', { halfClose: true })).toBe('ping');
});

const starts: readonly [string, () => Promise<LoopbackServer>, string][] = [
  ['HTTP', () => startHttpBackend({ name: 'x' }), GET],
  ['TCP', () => startTcpBackend({ name: 'x' }), 'ping'],
];
for (const [kind, start, bytes] of starts) {
  test(`a ${kind} backend that is killed resets its connections, refuses new ones, and comes back on its port`, async () => {
    await using server = await start();
    const { port } = server;
    await using client = await connectRaw(server.address);
    client.send(bytes);
    await client.waitFor('x');
    await server.kill();
    await expect(client.waitForEnd()).rejects.toThrow('ECONNRESET');
    await expect(connectRaw(server.address)).rejects.toThrow('ECONNREFUSED');
    expect(server.listening).toBe(false);
    expect(server.openConnections).toBe(0);

    await server.restart();
    expect(server.port).toBe(port);
    await using next = await connectRaw(server.address);
    next.send(bytes);
    await next.waitFor('x');
  });

  test(`a ${kind} backend that stops ends its connections in order`, async () => {
    await using server = await start();
    await using client = await connectRaw(server.address);
    client.send(bytes);
    await client.waitFor('x');
    await server.stop();
    expect(await client.waitForEnd()).toContain('x');
    await expect(connectRaw(server.address)).rejects.toThrow('ECONNREFUSED');
  });

  test(`a ${kind} backend can close its connections and stay open`, async () => {
    await using server = await start();
    await using first = await connectRaw(server.address);
    first.send(bytes);
    await first.waitFor('x');
    server.resetConnections();
    await expect(first.waitForEnd()).rejects.toThrow('ECONNRESET');
    await using second = await connectRaw(server.address);
    second.send(bytes);
    await second.waitFor('x');
    server.endConnections();
    await second.waitForEnd();
  });
}

test('a server that was killed may be killed again, and one that runs may be restarted', async () => {
  await using server = await startEchoServer();
  await server.restart();
  await server.kill();
  await server.kill();
  await server.stop();
  expect(server.listening).toBe(false);
});

test('a raw server leaves every byte to the test', async () => {
  await using server = await startRawServer((socket) => {
    socket.once('data', (chunk) => socket.end(`${chunk.toString('latin1')}\xff`, 'latin1'));
  });
  expect(await exchangeRaw(server.address, '\x00\x80')).toBe('\x00\x80\xff');
});

test('a client that waits in vain says what it has got', async () => {
  await using server = await startRawServer((socket) => socket.end('half an ans'));
  await using client = await connectRaw(server.address);
  await expect(client.waitFor('answer')).rejects.toThrow(
    'waited in vain for "answer": the connection has ended; received "half an ans"',
  );
});

test('a client can cut its connection', async () => {
  const errors: Error[] = [];
  await using server = await startRawServer((socket) => socket.on('error', (error) => errors.push(error)).resume());
  await using client = await connectRaw(server.address);
  await expect.poll(() => server.openConnections).toBe(1);
  client.reset();
  await expect.poll(() => errors).toMatchObject([{ code: 'ECONNRESET' }]);
});
