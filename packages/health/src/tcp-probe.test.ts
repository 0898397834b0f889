import { mkdtemp, rm } from 'node:fs/promises';
import { once, setMaxListeners } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pluginContext, startRawServer, startTcpBackend } from '@millpond/testkit';
import { expect, it } from 'vitest';
import { tcpProbe, tcpProbePlugin } from './tcp-probe.ts';
import { tcpProbeOptions } from './tcp-probe-options.ts';

const never = new AbortController().signal;
setMaxListeners(0, never);

it('passes where a connection is accepted, and closes it at once', async () => {
  await using server = await startTcpBackend();
  await tcpProbe().check(server.backend, { signal: never });
  await expect.poll(() => [server.connections, server.openConnections]).toEqual([1, 0]);
});

it('passes for a UNIX socket', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millpond-'));
  const path = join(folder, 'socket');
  const server = createServer().listen(path);
  try {
    await once(server, 'listening');
    const backend = { id: 'u', url: `unix:${path}`, address: { path }, weight: 1, priority: 0 };
    await expect(tcpProbe().check(backend, { signal: never })).resolves.toBeUndefined();
  } finally {
    server.close();
    await rm(folder, { recursive: true });
  }
});

it('fails where the port is closed', async () => {
  const server = await startTcpBackend();
  const { backend } = server;
  await server.kill();
  await expect(tcpProbe().check(backend, { signal: never })).rejects.toMatchObject({
    code: 'ERR_PROBE_CONNECT_FAILED',
    message: `Could not connect to ${backend.url}: connect ECONNREFUSED ${backend.url}`,
    cause: { code: 'ECONNREFUSED' },
  });
});

it('fails when it is aborted, before it begins as well', async () => {
  await using server = await startTcpBackend();
  const abort = new AbortController();
  const begun = tcpProbe().check(server.backend, { signal: abort.signal });
  abort.abort();
  await expect(begun).rejects.toMatchObject({ code: 'ERR_PROBE_CONNECT_FAILED' });
  const late = tcpProbe().check(server.backend, { signal: abort.signal });
  await expect(late).rejects.toMatchObject({ code: 'ERR_PROBE_CONNECT_FAILED' });
});

it('is created by its plugin, which takes no options', async () => {
  await using server = await startTcpBackend();
  const probe = await tcpProbePlugin.create({}, pluginContext());
  await expect(probe.check(server.backend, { signal: never })).resolves.toBeUndefined();
  expect(tcpProbePlugin.options['~standard'].validate({ path: '/' })).toHaveProperty('issues');
});

it('asks, and passes with the answer that it expects, in whatever pieces that comes', async () => {
  await using redis = await startRawServer((socket) => {
    socket.on('end', () => socket.end());
    socket.on('data', (question) => {
      if (String(question) !== 'PING\r\n') return;
      socket.write('+PO');
      setImmediate(() => socket.write('NG\r\n'));
    });
  });
  const probe = tcpProbe({ send: { hex: '50494e470d0A' }, expect: '+PONG' });
  await expect(probe.check(redis.backend, { signal: never })).resolves.toBeUndefined();
  await expect.poll(() => redis.openConnections).toBe(0);
});

it('passes with what is said first, and says goodbye where nothing is expected', async () => {
  await using server = await startTcpBackend({ name: 'b' });
  await tcpProbe({ expect: 'b' }).check(server.backend, { signal: never });
  await tcpProbe({ send: 'QUIT' }).check(server.backend, { signal: never });
  await expect.poll(() => server.openConnections).toBe(0);
});

it.each([
  ['ends without it', '-ERR\r\n', true, 'ended the connection'],
  ['goes on without it', 'x'.repeat(20_000), false, 'answered 16384 bytes'],
])('fails where the answer %s', async (_name, answer, ends, message) => {
  await using server = await startRawServer((socket) => (ends ? socket.end(answer) : socket.write(answer)));
  await expect(tcpProbe({ expect: '+PONG' }).check(server.backend, { signal: never })).rejects.toMatchObject({
    code: 'ERR_PROBE_UNEXPECTED_ANSWER',
    message: expect.stringContaining(message),
  });
});

it('takes texts and bytes only', () => {
  expect(() => tcpProbeOptions.parse({ send: { hex: '5' } })).toThrow();
  expect(() => tcpProbeOptions.parse({ expect: '' })).toThrow();
});

/** Takes nothing but that first, then answers `PING` by `PONG`, and tells what it got. */
async function startProxied(preamble: string, heard: string[]) {
  return startRawServer((socket) => {
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      if (!preamble.startsWith(received.slice(0, preamble.length))) socket.destroy();
      if (received === `${preamble}PING`) socket.write('PONG');
    });
    socket.on('end', () => socket.end());
    socket.on('close', () => heard.push(received));
  });
}

it.each([
  ['v1', 'PROXY UNKNOWN\r\n'],
  ['v2', '\r\n\r\n\0\r\nQUIT\n\x20\0\0\0'],
] as const)('tells a backend that wants the PROXY protocol %s that no client asks', async (proxyProtocol, preamble) => {
  const heard: string[] = [];
  await using server = await startProxied(preamble, heard);
  await tcpProbe().check(server.backend, { signal: never, proxyProtocol });
  await tcpProbe({ send: 'PING', expect: 'PONG' }).check(server.backend, { signal: never, proxyProtocol });
  await expect.poll(() => heard).toEqual([preamble, `${preamble}PING`]);
});
