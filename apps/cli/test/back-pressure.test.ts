import type { Socket } from 'node:net';
import { connectRaw, startRawServer, type LoopbackServer, type RawClient } from '@millpond/testkit';
import { describe, expect } from 'vitest';
import { Millpond, TemporaryFolder } from './support/millpond.ts';
import { readAt, writeWithoutEnd } from './support/paced.ts';
import { until } from './support/ports.ts';
import { itWithProc, openSockets, residentBytes } from './support/process-facts.ts';

const GIGABYTE = 1_073_741_824;
const READERS = 50;
const BYTES_PER_SECOND = 100_000;
/** How much each reader takes: 6 s' worth, or more by hand. */
const BYTES_EACH = BYTES_PER_SECOND * Number(process.env['MILLPOND_BACK_PRESSURE_SECONDS'] ?? 6);
/**
 * What the memory of the proxy may grow by while 50 bodies of 1 GB are held up in it: 512 KiB for each of them, but short
 * reads once 16 MiB are held in all; the rest is what the heap of Node grows by anyway.
 */
const MOST_GROWTH = 32 * 1_048_576;

/**
 * What any one sender may get rid of beyond what its reader reads: the system's buffers of the four sockets in between,
 * some megabytes each at most. Where nothing holds it up it is hundreds.
 */
const MOST_AHEAD = 64 * 1_048_576;

/** What it took to hold up bodies. */
interface HeldUp {
  /** What the memory of the proxy grew by. */
  readonly grown: number;
  /** The most that any one sender got rid of. */
  readonly sent: number;
}

/**
 * Runs a proxy and holds up bodies in it.
 *
 * @param begin - has all clients begin; returns what writes, to be looked at in the end
 */
async function holdUp(
  backend: LoopbackServer,
  begin: (clients: readonly RawClient[]) => ReadonlySet<Socket>,
  done: () => boolean,
): Promise<HeldUp> {
  await using folder = await TemporaryFolder.create();
  const file = await folder.write('config.json', {
    apps: [
      {
        name: 'web',
        protocol: 'http',
        frontends: [{ listen: '127.0.0.1:0' }],
        targets: [`http://${backend.url}`],
        health: false,
      },
    ],
  });
  await using millpond = await Millpond.run(file);
  const { pid } = millpond.program;
  const address = { host: '127.0.0.1', port: millpond.port('web') };
  const socketsBefore = await openSockets(pid);
  const clients = await Promise.all(Array.from({ length: READERS }, () => connectRaw(address)));
  const before = await residentBytes(pid);
  let most = before;
  const senders = begin(clients);
  await until(async () => {
    most = Math.max(most, await residentBytes(pid));
    return done();
  }, 60_000);
  const sent = Math.max(...[...senders].map(({ bytesWritten, writableLength }) => bytesWritten - writableLength));
  // A client whose bytes are held up is noticed to be gone when they are not any more: so let both sides go.
  for (const client of clients) client.reset();
  backend.resetConnections();
  await until(async () => (await openSockets(pid)) === socketsBefore && backend.openConnections === 0);
  return { grown: most - before, sent };
}

describe('the memory of the proxy stays flat', () => {
  itWithProc(
    'while 50 slow clients read a gigabyte each',
    async () => {
      const senders = new Set<Socket>();
      await using backend = await startRawServer((socket) => {
        senders.add(socket);
        socket.once('data', () => {
          socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${GIGABYTE}\r\n\r\n`);
          writeWithoutEnd(socket);
        });
      });
      const read: number[] = [];
      const { grown, sent } = await holdUp(
        backend,
        (clients) => {
          for (const [index, client] of clients.entries()) {
            client.socket.removeAllListeners('data');
            read[index] = 0;
            readAt(BYTES_PER_SECOND, client.socket, (bytes) => (read[index] = (read[index] ?? 0) + bytes));
            client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
          }
          return senders;
        },
        () => read.length === READERS && read.every((bytes) => bytes >= BYTES_EACH),
      );
      expect(grown).toBeLessThan(MOST_GROWTH);
      expect(sent).toBeLessThan(BYTES_EACH + MOST_AHEAD);
    },
    90_000,
  );

  itWithProc(
    'while a slow backend reads a gigabyte from each of 50 clients',
    async () => {
      const read = new Map<Socket, number>();
      await using backend = await startRawServer((socket) => {
        read.set(socket, 0);
        readAt(BYTES_PER_SECOND, socket, (bytes) => read.set(socket, (read.get(socket) ?? 0) + bytes));
      });
      const { grown, sent } = await holdUp(
        backend,
        (clients) => {
          for (const client of clients) {
            client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${GIGABYTE}\r\n\r\n`);
            writeWithoutEnd(client.socket);
          }
          return new Set(clients.map(({ socket }) => socket));
        },
        () => read.size === READERS && [...read.values()].every((bytes) => bytes >= BYTES_EACH),
      );
      expect(grown).toBeLessThan(MOST_GROWTH);
      expect(sent).toBeLessThan(BYTES_EACH + MOST_AHEAD);
    },
    90_000,
  );
});
