import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { connectRaw, exchangeRaw, seededRandom, startHttpBackend, type RawClient } from '@millpond/testkit';
import { describe, expect } from 'vitest';
import { Millpond, TemporaryFolder } from './support/millpond.ts';
import { until } from './support/ports.ts';
import { itWithProc, openSockets } from './support/process-facts.ts';

const ABORTS = 10_000;
const AT_ONCE = 60;
/** Fewer than clients, so that some of them queue. */
const CONNECTIONS = 20;

const random = seededRandom(20_261_120);
const below = (limit: number): number => Math.floor(random() * limit);
const oneOf = <T>(items: readonly [T, ...T[]]): T => items[below(items.length)] ?? items[0];

/** Answers as the path says: not at all, late, or a body of random length, framed by its length or in chunks. */
const handler: RequestListener = (incoming, response) => {
  incoming.resume();
  const { url = '' } = incoming;
  if (url === '/never') return;
  // Now and then more than the kernels take at once.
  const body = Buffer.alloc(random() < 0.02 ? 8_000_000 : below(100_000), 'x');
  const answer = (): void => {
    if (url === '/length') response.setHeader('content-length', body.length);
    response.write(body.subarray(0, body.length / 2));
    response.end(body.subarray(body.length / 2));
  };
  if (url === '/late') setTimeout(answer, below(20));
  else answer();
};

function request(path: string): string {
  const body = 'z'.repeat(1 + below(50_000));
  const head = `Host: a\r\nX-Padding: ${'p'.repeat(below(500))}\r\n`;
  return oneOf([
    `GET ${path} HTTP/1.1\r\n${head}\r\n`,
    `POST ${path} HTTP/1.1\r\n${head}Content-Length: ${body.length}\r\n\r\n${body}`,
    `POST ${path} HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
  ]);
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await nextTurn();
}

type Step = (client: RawClient) => unknown;

/** What a client has done when it goes away. */
const MOMENTS: readonly [Step, ...Step[]] = [
  () => turns(below(3)),
  // Has sent a part of a request.
  async (client) => {
    const whole = request('/length');
    client.send(whole.slice(0, below(whole.length)));
    await turns(below(20));
  },
  // Waits: in the queue of the pool, or for the backend.
  async (client) => {
    client.send(request(oneOf(['/never', '/late', '/length', '/chunked'])));
    await turns(below(40));
  },
  // Does not read, so that its answer is held up.
  async (client) => {
    client.socket.pause();
    client.send(request(oneOf(['/length', '/chunked'])).repeat(3));
    await turns(below(40));
    client.socket.resume();
  },
  // Has sent requests ahead.
  async (client) => {
    client.send(request('/length') + request('/late') + request('/never'));
    await turns(below(40));
  },
  // Has got a part of its answer.
  async (client) => {
    client.send(request(oneOf(['/late', '/length', '/chunked'])));
    await client.waitFor('HTTP/1.1 ');
    await turns(below(3));
  },
  // Has got its answer, and is idle.
  async (client) => {
    client.send('HEAD /length HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.waitFor('\r\n\r\n');
  },
];

/** How it goes away. */
const WAYS: readonly [Step, ...Step[]] = [
  (client) => client.reset(),
  (client) => client.socket.destroy(),
  // Ends its own side, and waits for the other one.
  (client) => {
    client.socket.on('end', () => client.socket.destroy());
    client.end();
  },
];

async function abort(port: number): Promise<void> {
  const client = await connectRaw({ host: '127.0.0.1', port });
  const gone = once(client.socket, 'close');
  await oneOf(MOMENTS)(client);
  oneOf(WAYS)(client);
  await gone;
}

describe('the proxy', () => {
  itWithProc(
    'has nothing left of 10,000 clients that went away at random moments',
    async () => {
      await using folder = await TemporaryFolder.create();
      await using backend = await startHttpBackend({ handler });
      const file = await folder.write('config.json', {
        admin: { listen: '127.0.0.1:0' },
        apps: [
          {
            name: 'web',
            protocol: 'http',
            frontends: [{ listen: '127.0.0.1:0' }],
            targets: [backend.url],
            pool: { max: CONNECTIONS },
            health: false,
            breaker: false,
          },
        ],
      });
      await using millpond = await Millpond.run(file);
      const { pid } = millpond.program;
      const address = { host: '127.0.0.1', port: millpond.port('web') };
      const socketsBefore = await openSockets(pid);

      let begun = 0;
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          while (begun++ < ABORTS) await abort(address.port);
        }),
      );

      // What is idle in the pool, and nothing else.
      await until(async () => (await openSockets(pid)) === socketsBefore + backend.openConnections);
      expect(backend.openConnections).toBeLessThanOrEqual(CONNECTIONS);
      const admin = { host: '127.0.0.1', port: millpond.adminPort };
      const metrics = await exchangeRaw(admin, 'GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
      const gauge = (name: string): number => Number(new RegExp(`^${name}\\{.*\\} (\\d+)$`, 'm').exec(metrics)?.[1]);
      expect(gauge('millpond_pool_idle_connections')).toBe(backend.openConnections);
      expect(gauge('millpond_pool_active_connections')).toBe(0);
      expect(gauge('millpond_backend_active_requests')).toBe(0);
      expect(gauge('millpond_backend_queued_requests')).toBe(0);
      // It still serves, on each of its connections, and nothing keeps it from ending at once.
      const answers = Array.from({ length: CONNECTIONS * 2 }, () =>
        exchangeRaw(address, 'GET /late HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'),
      );
      for (const answer of await Promise.all(answers)) expect(answer).toMatch(/^HTTP\/1\.1 200 /);
      expect(await millpond.stop()).toBe(0);
      expect(millpond.program.stderr).not.toMatch(/"level":"(?:error|fatal)"/);
    },
    120_000,
  );
});
