import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { Millpond, TemporaryFolder } from './support/millpond.ts';
import { until } from './support/ports.ts';
import { itWithProc, openSockets } from './support/process-facts.ts';

/** Of which 64 are held in reserve, and two more for a port and a backend. */
const MAX_OPEN_FILES = 200;
/** An eighth of what is left. */
const WAITING = 16;
/** Half of what is left then. */
const CLIENTS = 59;

const LOG_LINE = 'Clients wait until others leave: open files are at their limit. Raise ulimit -n';

/** What a client sends, and has back. */
const QUESTIONS = {
  tcp: 'hello',
  http: 'GET / HTTP/1.1\r\nHost: here\r\n\r\n',
};

type Protocol = keyof typeof QUESTIONS;

/** A client that has asked something. */
class Client {
  readonly socket: Socket;
  answers = 0;
  error: unknown;
  readonly #question: string;

  constructor(port: number, protocol: Protocol) {
    this.#question = QUESTIONS[protocol];
    this.socket = connect(port, '127.0.0.1').setEncoding('latin1');
    this.socket.on('error', (error) => (this.error = error));
    let received = '';
    this.socket.on('data', (text: string) => {
      received += text;
      if (!received.endsWith('hello')) return;
      received = '';
      this.answers += 1;
    });
    this.ask();
  }

  ask(): void {
    this.socket.write(this.#question);
  }

  async leave(): Promise<void> {
    const closed = once(this.socket, 'close');
    this.socket.resume().end();
    await closed;
  }
}

function backendOf(protocol: Protocol): Server {
  const answer = protocol === 'tcp' ? 'hello' : 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';
  return createServer((socket) => {
    socket.on('error', () => undefined).on('data', () => socket.write(answer));
  });
}

describe.each(['tcp', 'http'] as const)('at the limit on open files, over %s', (protocol) => {
  const backend = backendOf(protocol);
  const clients: Client[] = [];
  let folder: TemporaryFolder;
  let file: string;

  beforeAll(async () => {
    folder = await TemporaryFolder.create();
    await once(backend.listen(0, '127.0.0.1'), 'listening');
    const address = backend.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const scheme = protocol === 'http' ? 'http://' : '';
    file = await folder.write('proxy.json', {
      admin: { listen: '127.0.0.1:0' },
      apps: [
        {
          name: 'app',
          protocol,
          frontends: [{ listen: '127.0.0.1:0' }],
          backends: [`${scheme}127.0.0.1:${port}`],
          health: { interval: '100ms' },
          pool: { max: 1000 },
        },
      ],
    });
  });

  afterAll(async () => {
    for (const { socket } of clients) socket.destroy();
    backend.close();
    await folder[Symbol.asyncDispose]();
  });

  itWithProc(
    'clients wait until others leave, one line says so, and nothing that is open suffers',
    async () => {
      await using millpond = await Millpond.run(file, { maxOpenFiles: MAX_OPEN_FILES });
      const port = millpond.port('app');
      const metric = async (name: string): Promise<number> => {
        const text = await (await fetch(`http://127.0.0.1:${millpond.adminPort}/metrics`)).text();
        return Number(new RegExp(`^${name}(?:\\{.*\\})? (\\d+)$`, 'm').exec(text)?.[1]);
      };
      const join = (count: number): Client[] => {
        const joined = Array.from({ length: count }, () => new Client(port, protocol));
        clients.push(...joined);
        return joined;
      };
      const areServed = (some: readonly Client[], answers: number): Promise<void> =>
        until(async () => some.every((client) => client.answers === answers));
      const atFirst = await openSockets(millpond.program.pid);

      const served = join(CLIENTS);
      await areServed(served, 1);
      expect(millpond.log(LOG_LINE)).toEqual([]);

      const waiting = join(WAITING);
      await until(async () => (await metric('millpond_clients_waiting')) === WAITING);
      const surplus = join(50);
      await until(async () => surplus.every(({ error }) => error !== undefined));
      expect(await metric('millpond_connections_refused_total')).toBe(surplus.length);
      expect(await metric('process_open_fds')).toBeLessThan(MAX_OPEN_FILES);
      expect(await metric('process_max_fds')).toBe(MAX_OPEN_FILES);
      const [line] = millpond.log(LOG_LINE);
      expect(line).toMatchObject({ level: 40, clients: CLIENTS, waiting: 1, maxOpenFiles: MAX_OPEN_FILES, waited: 1 });

      for (const client of served) client.ask();
      await areServed(served, 2);
      expect(waiting.map(({ answers, error }) => ({ answers, error }))).toEqual(
        waiting.map(() => ({ answers: 0, error: undefined })),
      );

      await Promise.all(served.slice(0, WAITING).map((client) => client.leave()));
      await areServed(waiting, 1);
      await until(async () => (await metric('millpond_clients_waiting')) === 0);

      await Promise.all([...served.slice(WAITING), ...waiting].map((client) => client.leave()));
      await areServed(join(CLIENTS), 1);
      for (const { socket } of clients) socket.destroy();
      if (protocol === 'tcp') await until(async () => (await openSockets(millpond.program.pid)) <= atFirst + 2);
      expect(await metric('millpond_backend_connect_failures_total')).toBe(0);
      expect(millpond.log('Backend may not be used')).toEqual([]);
      expect(await millpond.stop()).toBe(0);
    },
    60_000,
  );
});
