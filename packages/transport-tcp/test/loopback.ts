import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Address } from '@millpond/contracts';
import { ManualClock, seededRandom } from '@millpond/testkit';
import { dial } from '../src/socket/dial.ts';
import type { FastSocket } from '../src/socket/fast-socket.ts';
import { listen, type ListenOptions, type OpenPort } from '../src/accept/listen.ts';
import { ReadBuffers } from '../src/socket/read-buffers.ts';
import { deferred } from './deferred.ts';

export const LOOPBACK: Address = { host: '127.0.0.1', port: 0 };

/** The two ways in which an accepted socket is read. */
export const READ_PATHS = [
  { path: 'bare handles', bareHandles: true },
  { path: 'streams', bareHandles: false },
];

/** Listens on a free port of loopback, unless told otherwise. */
export function listenForTest(options: Partial<ListenOptions> = {}): Promise<OpenPort> {
  return listen({
    buffers: new ReadBuffers(),
    address: LOOPBACK,
    signal: new AbortController().signal,
    observer: {},
    clock: new ManualClock(),
    random: seededRandom(1),
    onConnection: (socket) => socket.destroy(),
    ...options,
  });
}

/** A plain socket of Node, connected to `address`; it is open when this resolves, and its errors are kept quiet. */
export async function connectPlain(address: Address): Promise<Socket> {
  const socket = connect({ ...address, allowHalfOpen: true, noDelay: true });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** An accepted {@link FastSocket}, and what is at its other end. */
export interface Pair<Peer> extends AsyncDisposable {
  readonly socket: FastSocket;
  readonly peer: Peer;
}

/** With a plain socket of Node at its other end. */
export function acceptedPair(options: Partial<ListenOptions> = {}): Promise<Pair<Socket>> {
  return pairWith(connectPlain, options);
}

/** With a dialled {@link FastSocket} at its other end, paused. */
export function fastPair(options: Partial<ListenOptions> = {}): Promise<Pair<FastSocket>> {
  return pairWith((address) => dial(new ReadBuffers(), address), options);
}

async function pairWith<Peer extends { destroy(): unknown }>(
  connectTo: (address: Address) => Promise<Peer>,
  options: Partial<ListenOptions>,
): Promise<Pair<Peer>> {
  const accepted = deferred<FastSocket>();
  const port = await listenForTest({ ...options, onConnection: accepted.resolve });
  const peer = await connectTo(port.address);
  const socket = await accepted.promise;
  await port.close();
  return {
    socket,
    peer,
    async [Symbol.asyncDispose]() {
      socket.destroy();
      peer.destroy();
    },
  };
}
