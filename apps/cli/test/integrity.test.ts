import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { startHttpBackend, startRawServer } from '@millpond/testkit';
import { describe, expect, it } from 'vitest';
import { body, hashOf, slowly } from './support/bodies.ts';
import { Millpond, TemporaryFolder } from './support/millpond.ts';

/** Sizes of bodies: the edges, and up to 50 MB. */
const SIZES = [0, 1, 65_535, 65_536, 65_537, 1_000_000, 5_000_000, 50_000_000];
const PAUSE_MS = 5;

function send(url: string, seed: number, size: number, chunked: boolean): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { 'x-seed': seed, 'x-size': size, 'x-chunked': chunked ? 'yes' : 'no' };
    const upload = request(url, {
      method: 'POST',
      headers: chunked ? headers : { ...headers, 'content-length': size },
    });
    upload.once('response', resolve).once('error', reject);
    pipeline(body(seed, size, PAUSE_MS), upload).catch(reject);
  });
}

describe('bytes through the proxy', () => {
  it('are the same over HTTP, up and down, by length and in chunks, with slow readers and writers', async () => {
    await using folder = await TemporaryFolder.create();
    await using backend = await startHttpBackend({
      handler: (incoming, response) => {
        const seed = Number(incoming.headers['x-seed']);
        const size = Number(incoming.headers['x-size']);
        void hashOf(incoming, slowly(seed, PAUSE_MS)).then((hash) => {
          response.setHeader('x-hash', hash);
          if (incoming.headers['x-chunked'] === 'no') response.setHeader('content-length', size);
          return pipeline(body(seed + 1, size, PAUSE_MS), response);
        });
      },
    });
    const file = await folder.write('config.json', {
      apps: [{ name: 'web', protocol: 'http', frontends: [{ listen: '127.0.0.1:0' }], backends: [backend.url] }],
    });
    await using millpond = await Millpond.run(file);
    const url = millpond.url('web');
    const checks = SIZES.flatMap((size, index) =>
      [false, true].map(async (chunked) => {
        const seed = index * 4 + (chunked ? 2 : 0);
        const response = await send(url, seed, size, chunked);
        expect(response.headers['x-hash'], `up, ${size} bytes`).toBe(await hashOf(body(seed, size)));
        expect(await hashOf(response, slowly(seed, PAUSE_MS)), `down, ${size} bytes`).toBe(
          await hashOf(body(seed + 1, size)),
        );
      }),
    );
    await Promise.all(checks);
  }, 120_000);

  it('are the same over TCP, both ways at once, with half-close', async () => {
    await using folder = await TemporaryFolder.create();
    // The first line says what to send; everything behind it is hashed, and the hash sent last.
    await using backend = await startRawServer((socket) => {
      socket.once('data', (first: Buffer) => {
        const end = first.indexOf('\n');
        const [seed = 0, size = 0] = first.subarray(0, end).toString().split(' ').map(Number);
        socket.pause();
        socket.unshift(first.subarray(end + 1));
        void Promise.all([
          hashOf(socket, slowly(seed, PAUSE_MS)),
          pipeline(body(seed + 1, size, PAUSE_MS), socket, { end: false }),
        ]).then(([hash]) => socket.end(hash));
      });
    });
    const file = await folder.write('config.json', {
      apps: [{ name: 'tcp', frontends: [{ listen: '127.0.0.1:0' }], targets: [backend.url] }],
    });
    await using millpond = await Millpond.run(file);
    const port = millpond.port('tcp');
    const checks = SIZES.map(async (size, index) => {
      const seed = index * 2;
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      await once(socket, 'connect');
      socket.write(`${seed} ${size}\n`);
      const received: Buffer[] = [];
      const [answer] = await Promise.all([
        (async () => {
          for await (const chunk of socket) received.push(chunk);
          return Buffer.concat(received);
        })(),
        pipeline(body(seed, size, PAUSE_MS), socket),
      ]);
      expect(answer.subarray(size).toString(), `up, ${size} bytes`).toBe(await hashOf(body(seed, size)));
      const expected = await hashOf(body(seed + 1, size));
      expect(await hashOf(Readable.from([answer.subarray(0, size)])), `down, ${size} bytes`).toBe(expected);
    });
    await Promise.all(checks);
  }, 120_000);
});
