import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { connectPlain, LOOPBACK } from '../../test/loopback.ts';
import { acceptHandles, detachHandle, nodeHandles, systemError } from './node-handles.ts';

it('finds the bare handles of this Node.js, which it does not document', () => {
  expect(nodeHandles).toBeDefined();
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
