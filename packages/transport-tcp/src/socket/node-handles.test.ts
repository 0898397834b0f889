import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { expect, it, vi } from 'vitest';
import { acceptedPair, connectPlain, LOOPBACK } from '../../test/loopback.ts';
import { acceptHandles, detachHandle, nodeHandles, systemError } from './node-handles.ts';

it('finds the bare handles of this Node.js, which it does not document', () => {
  expect(nodeHandles).toBeDefined();
});

it('does without them where a deprecated function throws: that is how they are found', async () => {
  process.throwDeprecation = true;
  vi.resetModules();
  try {
    expect(await import('./node-handles.ts')).toHaveProperty('nodeHandles', undefined);
  } finally {
    process.throwDeprecation = false;
    vi.resetModules();
  }
});

it('gives clients as they are accepted, and leaves them to the server where it cannot', async () => {
  const server = createServer();
  acceptHandles(server, () => expect.unreachable('it does not listen yet'), 0);
  server.listen(LOOPBACK);
  await once(server, 'listening');
  const accepted = new Promise<number | undefined>((resolve) =>
    acceptHandles(
      server,
      (handle) => {
        resolve(handle.fd);
        handle.close(() => undefined);
      },
      1000,
    ),
  );
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const client = await connectPlain({ host: address.address, port: address.port });
  expect(await accepted).toBeGreaterThan(0);
  // It is not a closed socket's any more.
  client.destroy();
  await once(client, 'close');
  expect(detachHandle(client)).toBeUndefined();
  server.close();
});

it('makes errors as those of Node', () => {
  expect(systemError(-111, 'connect', '127.0.0.1:1')).toMatchObject({
    message: 'connect ECONNREFUSED 127.0.0.1:1',
    code: 'ECONNREFUSED',
    errno: -111,
    syscall: 'connect',
  });
});

it.runIf(process.platform === 'linux')('has the kernel ask clients for a sign of life', async () => {
  await using pair = await acceptedPair({ keepAliveMs: 1000 });
  const { localPort } = pair.peer;
  const port = pair.socket.localAddress;
  const hex = (number: number | undefined) => (number ?? 0).toString(16).toUpperCase().padStart(4, '0');
  const ends = `:${hex(port && 'port' in port ? port.port : 0)} 0100007F:${hex(localPort)} 01 `;
  const line = (await readFile('/proc/net/tcp', 'latin1')).split('\n').find((text) => text.includes(ends));
  // The sixth field is the timer that runs: 02 is that of keep-alive.
  expect(line?.trim().split(/\s+/)[5]).toMatch(/^02:/);
});
