import { mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pluginContext, startTcpBackend } from '@millpond/testkit';
import { expect, it } from 'vitest';
import { tcpProbe, tcpProbePlugin } from './tcp-probe.ts';

const never = new AbortController().signal;

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
