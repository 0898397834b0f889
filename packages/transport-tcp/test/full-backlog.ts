import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import type { Address } from '@millpond/contracts';

/** Listens, and is then blocked for good. */
const DEAF_SERVER = `
  const { createServer } = require('node:net');
  const { parentPort } = require('node:worker_threads');
  const server = createServer().listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
  });
`;

/** What is not connected in that time waits for a place in the queue. */
const SILENCE_MS = 250;

/** A port of loopback that answers no further connection. */
export interface FullBacklog extends AsyncDisposable {
  readonly address: Address;
}

/** Makes a port of loopback that answers no further connection: its queue is full, and nobody accepts. */
export async function fullBacklog(): Promise<FullBacklog> {
  const worker = new Worker(DEAF_SERVER, { eval: true });
  const [port] = await once(worker, 'message');
  const address = { host: '127.0.0.1', port: Number(port) };
  const queued: Socket[] = [];
  for (let full = false; !full;) {
    const socket = connect(address).on('error', () => undefined);
    queued.push(socket);
    // The kernel takes loopback connections at once, or not at all.
    full = !(await isConnectedSoon(socket));
  }
  return {
    address,
    async [Symbol.asyncDispose]() {
      for (const socket of queued) socket.destroy();
      await worker.terminate();
    },
  };
}

function isConnectedSoon(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, SILENCE_MS, false);
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
