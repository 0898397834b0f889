import type { Socket } from 'node:net';
import { startRawServer, type LoopbackServer } from '@millpond/testkit';
import type { RequestHead } from '../src/request-head.ts';
import { readRequest, type Whole } from './read-message.ts';
import { until } from './until.ts';

/** A backend that reads requests, bodies and all, and answers each when it is whole. */
export interface ReadingBackend extends AsyncDisposable {
  readonly backend: LoopbackServer['backend'];
  /** Whole requests that have come since this was emptied last, in order; bodies without their chunks. */
  readonly requests: Whole<RequestHead>[];
  /** Resolves when so many connections are open. */
  open(count: number): Promise<void>;
}

/** A proxy adds fields: what is within its limits may be beyond them when it has been passed on. */
const NO_LIMITS = {
  requestLineBytes: 0,
  headBytes: 0,
  headers: 0,
  bodyBytes: 0,
  chunkExtensionBytes: 0,
  trailerBytes: 0,
  requestsPerConnection: 0,
  minBytesPerSecond: 0,
};

/** Starts it. @param answer - writes the response */
export async function readingBackend(answer: (socket: Socket) => unknown): Promise<ReadingBackend> {
  const requests: Whole<RequestHead>[] = [];
  const server = await startRawServer((socket) => {
    let received = '';
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1');
      for (;;) {
        const reading = readRequest(received, { keepChunks: false, limits: NO_LIMITS });
        if (typeof reading !== 'object') return;
        requests.push(reading);
        received = reading.rest;
        answer(socket);
      }
    });
    socket.on('end', () => socket.end());
  });
  return {
    backend: server.backend,
    requests,
    open: (count) => until(() => server.openConnections === count),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
