import type { Socket } from 'node:net';
import { ManualClock } from '@millpond/testkit';
import { Deadlines } from '../src/deadlines.ts';
import type { FastSocket } from '../src/socket/fast-socket.ts';
import { ReadBuffers } from '../src/socket/read-buffers.ts';
import { Relay, type RelayOptions, type RelayResult } from '../src/relay/relay.ts';
import { deferred } from './deferred.ts';
import { acceptedPair } from './loopback.ts';
import { securePair } from './secure.ts';

/** A relay with a plain socket at each end: client ↔ relay ↔ backend. */
export interface Relayed extends AsyncDisposable {
  readonly client: Socket;
  readonly backend: Socket;
  /** The relay's own two sockets. */
  readonly toClient: FastSocket;
  readonly toBackend: FastSocket;
  readonly relay: Relay;
  readonly buffers: ReadBuffers;
  readonly clock: ManualClock;
  readonly ends: RelayResult[];
  readonly ended: Promise<RelayResult>;
}

export type RelayedOptions = Partial<RelayOptions> & {
  readonly buffers?: ReadBuffers;
  readonly bareHandles?: boolean;
  /** Which sides speak TLS. @defaultValue neither */
  readonly encrypted?: readonly ('client' | 'backend')[];
  readonly clock?: ManualClock;
  /** Makes the relay. @defaultValue a {@link Relay} */
  readonly connect?: (options: RelayOptions) => Relay;
};

export async function relayed(options: RelayedOptions = {}): Promise<Relayed> {
  const { bareHandles = true, encrypted = [], clock = new ManualClock(), connect = (all) => new Relay(all) } = options;
  const buffers = options.buffers ?? new ReadBuffers();
  const pair = (side: 'client' | 'backend') =>
    encrypted.includes(side) ? securePair({ buffers }) : acceptedPair({ buffers, bareHandles });
  const [left, right] = await Promise.all([pair('client'), pair('backend')]);
  const ends: RelayResult[] = [];
  const { promise: ended, resolve: onEnded } = deferred<RelayResult>();
  const relay = connect({
    client: left.socket,
    backend: right.socket,
    deadlines: options.deadlines ?? new Deadlines(clock),
    onEnd: (end) => {
      ends.push(end);
      onEnded(end);
    },
    ...limits(options),
  });
  return {
    client: left.peer,
    backend: right.peer,
    toClient: left.socket,
    toBackend: right.socket,
    relay,
    buffers,
    clock,
    ends,
    ended,
    async [Symbol.asyncDispose]() {
      relay.abort();
      await ended;
      await left[Symbol.asyncDispose]();
      await right[Symbol.asyncDispose]();
    },
  };
}

function limits({
  idleMs,
  finMs,
  sessionMs,
  halfClose,
  readFromClient,
  readFromBackend,
}: RelayedOptions): Partial<RelayOptions> {
  return {
    ...(idleMs !== undefined && { idleMs }),
    ...(finMs !== undefined && { finMs }),
    ...(sessionMs !== undefined && { sessionMs }),
    ...(halfClose !== undefined && { halfClose }),
    ...(readFromClient !== undefined && { readFromClient }),
    ...(readFromBackend !== undefined && { readFromBackend }),
  };
}
