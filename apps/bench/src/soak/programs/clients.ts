import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { ClientReport } from '../soak-result.ts';

/** `clients.js PORT CONNECTIONS SECONDS`: connects, says so, talks, and reports at the end, each as a line of JSON. */
const [port = 0, connections = 0, seconds = 0] = process.argv.slice(2).map(Number);

/** How many connect at a time. */
const AT_A_TIME = 50;
const CONNECT_MS = 15_000;
const ANSWER_MS = 15_000;
/** Longest rest of a client between two messages. */
const MAX_REST_MS = 2000;
/** Each has ports of its own. */
const ADDRESSES = 8;

let open = 0;
let exchanges = 0;
let errors = 0;

const sockets: Socket[] = [];
for (let begun = 0; begun < connections; begun += AT_A_TIME) {
  const batch = Math.min(AT_A_TIME, connections - begun);
  await Promise.all(Array.from({ length: batch }, (_, index) => connectOne(begun + index)));
}
// The proxy dials only when it has accepted: each is through when a message has come back.
await Promise.all(sockets.map((socket, index) => exchange(socket, messageOf(index))));
const openAtStart = open;
process.stdout.write(`${JSON.stringify({ open })}\n`);
const endAt = performance.now() + seconds * 1000;
await Promise.all(sockets.map(talk));
const report: ClientReport = { open: openAtStart, openAtEnd: open, exchanges, errors };
process.stdout.write(`${JSON.stringify(report)}\n`);
await Promise.all(sockets.map(close));
process.exit();

function connectOne(index: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({
      port,
      host: '127.0.0.1',
      localAddress: `127.0.0.${2 + (index % ADDRESSES)}`,
      noDelay: true,
    });
    sockets.push(socket);
    const timer = setTimeout(() => socket.destroy(new Error('did not connect')), CONNECT_MS);
    const settle = (): void => {
      clearTimeout(timer);
      resolve();
    };
    socket.once('connect', () => {
      open += 1;
      socket.once('close', () => (open -= 1));
      settle();
    });
    socket.once('close', settle);
    socket.on('error', () => (errors += 1));
  });
}

async function talk(socket: Socket, index: number): Promise<void> {
  const message = messageOf(index);
  while (!socket.destroyed) {
    await pause(Math.random() * MAX_REST_MS);
    if (performance.now() >= endAt || socket.destroyed) return;
    await exchange(socket, message);
  }
}

function messageOf(index: number): Buffer {
  return Buffer.from(`${index} `.padEnd(60 + (index % 900), '.'));
}

/** Resolves when as many bytes have come as were sent, or none come any more. */
function exchange(socket: Socket, message: Buffer): Promise<void> {
  if (socket.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    let received = 0;
    const timer = setTimeout(() => socket.destroy(new Error('had no answer')), ANSWER_MS);
    const onData = (chunk: Buffer): void => {
      const isRight = chunk.equals(message.subarray(received, received + chunk.length));
      received += chunk.length;
      if (!isRight) socket.destroy(new Error('had another answer'));
      if (!isRight || received < message.length) return;
      exchanges += 1;
      settle();
    };
    const settle = (): void => {
      clearTimeout(timer);
      socket.off('data', onData);
      socket.off('close', onClose);
      resolve();
    };
    // Nobody but us ends a connection: even one that is closed without an error is one.
    const onClose = (hadError: boolean): void => {
      if (!hadError) errors += 1;
      settle();
    };
    socket.on('data', onData);
    socket.once('close', onClose);
    socket.write(message);
  });
}

function close(socket: Socket): Promise<void> {
  if (socket.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
    socket.end();
    socket.resume();
  });
}
