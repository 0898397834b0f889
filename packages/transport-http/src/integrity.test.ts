import { createHash, randomFillSync, type Hash } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Readable, Writable } from 'node:stream';
import { seededRandom, startHttpBackend } from '@millpond/testkit';
import { describe, expect, it } from 'vitest';
import { proxied } from '../test/proxied.ts';
import { READ_PATHS } from '../test/read-paths.ts';
import { until } from '../test/until.ts';

const MB = 1024 * 1024;
/** Random content to cut from; odd, so that offsets never repeat in step with buffers. */
const CONTENT = randomFillSync(Buffer.allocUnsafe(4 * MB + 7));

/** What every body ends with. */
const END = 'the end';

/**
 * Sends `bytes` of content in writes of random sizes, resting now and then; after `before`, the end.
 *
 * @returns the digest of it all
 */
async function send(to: Writable, bytes: number, random: () => number, before?: Promise<unknown>): Promise<string> {
  const hash = createHash('sha256');
  const maxWrite = random() < 0.5 ? 2000 : 300_000;
  for (let left = bytes; left > 0;) {
    const length = Math.min(left, 1 + Math.floor(random() * maxWrite));
    const start = Math.floor(random() * (CONTENT.length - length));
    const chunk = CONTENT.subarray(start, start + length);
    hash.update(chunk);
    left -= length;
    if (!to.write(chunk)) await once(to, 'drain');
    if (random() < 0.02) await new Promise(setImmediate);
  }
  await before;
  to.end(END);
  return hash.update(END).digest('hex');
}

/** Reads to the end, pausing now and then; returns the digest. */
async function digest(from: Readable, random: () => number): Promise<string> {
  const hash: Hash = createHash('sha256');
  from.on('data', (chunk: Buffer) => {
    hash.update(chunk);
    if (random() > 0.1) return;
    from.pause();
    let turns = Math.ceil(random() * 20);
    const rest = (): void => void (turns-- > 0 ? setImmediate(rest) : from.resume());
    rest();
  });
  await once(from, 'end');
  return hash.digest('hex');
}

/** Takes responses with a Content-Length apart as they come; returns how many bodies have come whole. */
function parsedBodies(from: Readable, hash: Hash): () => number {
  let head = '';
  let left = 0;
  let count = 0;
  from.on('data', (chunk: Buffer) => {
    for (let rest = chunk; rest.length > 0;) {
      if (left > 0) {
        hash.update(rest.subarray(0, left));
        const length = Math.min(left, rest.length);
        left -= length;
        rest = rest.subarray(length);
        if (left === 0) count++;
        continue;
      }
      const before = head.length;
      head += rest.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end === -1) return;
      left = Number(/^content-length: (\d+)/im.exec(head)?.[1]);
      rest = rest.subarray(end + 4 - before);
      head = '';
    }
  });
  return () => count;
}

function size(random: () => number): number {
  return Math.floor(random() < 0.7 ? random() * 200_000 : random() * 20 * MB);
}

describe.each(READ_PATHS)('Bodies that a proxy reads by $path', ({ bareHandles }) => {
  it.each([1, 2, 3])(
    'arrive as they were sent, both ways, however slowly (seed %i)',
    { timeout: 30_000 },
    async (seed) => {
      const random = seededRandom(seed);
      const digests = new Map<string, { received: string; sent: string }>();
      async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
        const bytes = Number(incoming.headers['x-answer']);
        if (incoming.headers['x-framing'] === 'length') response.setHeader('content-length', bytes + END.length);
        const received = digest(incoming, random);
        // The answer begins while the question is still coming; one that ends before would end the connection.
        const sent = await send(response, bytes, random, received);
        digests.set(String(incoming.url), { received: await received, sent });
      }
      await using backend = await startHttpBackend({ handler: (...both) => void answer(...both) });
      await using proxy = await proxied(backend, { bareHandles });
      const agent = new Agent({ keepAlive: true });
      const { address } = proxy.listener;
      await Promise.all(
        Array.from({ length: 6 }, async (_, client) => {
          for (let count = 0; count < 4; count++) {
            const path = `/${client}/${count}`;
            const bytes = size(random);
            const headers = {
              'x-answer': size(random),
              'x-framing': random() < 0.5 ? 'length' : 'chunked',
              ...(random() < 0.5 && { 'content-length': bytes + END.length }),
            };
            const outgoing = request({ ...address, agent, path, method: 'POST', headers });
            const [sent, received] = await Promise.all([
              send(outgoing, bytes, random),
              once(outgoing, 'response').then(([incoming]: IncomingMessage[]) => incoming && digest(incoming, random)),
            ]);
            expect(digests.get(path)).toEqual({ received: sent, sent: received });
          }
        }),
      );
      agent.destroy();
      await until(() => proxy.buffers.leased === 0);
      expect(proxy.source.lent).toBe(0);
    },
  );

  it.each([1, 2, 3])('arrive whole where requests are sent ahead at any moment (seed %i)', async (seed) => {
    const random = seededRandom(seed);
    const expected = createHash('sha256');
    await using backend = await startHttpBackend({
      handler: (_incoming, response) => {
        const start = Math.floor(random() * MB);
        const body = CONTENT.subarray(start, start + Math.floor(random() * 3 * MB));
        expected.update(body);
        response.end(body);
      },
    });
    await using proxy = await proxied(backend, { bareHandles });
    const received = createHash('sha256');
    const client = await proxy.connect();
    const bodies = parsedBodies(client.socket, received);
    for (let count = 0; count < 20; count++) {
      client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      if (random() < 0.3) client.socket.pause();
      for (let turns = random() * 40; turns > 0; turns--) await new Promise(setImmediate);
      client.socket.resume();
    }
    await until(() => bodies() === 20);
    expect(received.digest('hex')).toBe(expected.digest('hex'));
  });
});
