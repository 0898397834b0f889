import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { Address, FrontendTls } from '@millpond/contracts';
import { TestAuthority } from '@millpond/testkit';
import type { FastSocket } from '../src/socket/fast-socket.ts';
import type { ListenOptions, OpenPort } from '../src/accept/listen.ts';
import type { TlsAcceptance } from '../src/tls/tls-acceptance.ts';
import { deferred } from './deferred.ts';
import { listenForTest, type Pair } from './loopback.ts';

/** Who signs all certificates of these tests, unless they say otherwise. */
export const authority = new TestAuthority();

/** For localhost and 127.0.0.1. */
export const localhost = authority.issue({ names: ['localhost', '127.0.0.1'] });

/** Listens over TLS with that certificate. */
export function listenTls(
  settings: Partial<FrontendTls> = {},
  options: Partial<ListenOptions> & Partial<Omit<TlsAcceptance, 'settings'>> = {},
): Promise<OpenPort> {
  const { protocols, timeoutMs, ...others } = options;
  return listenForTest({
    ...others,
    tls: {
      settings: { certificates: [localhost], ...settings },
      ...(protocols && { protocols }),
      ...(timeoutMs !== undefined && { timeoutMs }),
    },
  });
}

/** A client of Node, half-open and through its handshake; its errors are kept quiet. */
export async function connectSecurely(address: Address, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const tcp = connectTcp({ ...address, allowHalfOpen: true });
  const socket = connect({ socket: tcp, ca: authority.ca, servername: 'localhost', ...options });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  return socket;
}

/** The common name of the certificate that a client of that port gets. */
export async function nameShown(port: OpenPort, servername: string, ca: string = authority.ca): Promise<string> {
  const socket = await connectSecurely(port.address, { servername, ca, checkServerIdentity: () => undefined });
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return String(subject.CN);
}

/** Both ends of a TLS connection: the accepted one, and a client of Node. */
export async function securePair(options: Partial<ListenOptions> = {}): Promise<Pair<TLSSocket>> {
  const accepted = deferred<FastSocket>();
  const port = await listenTls({}, { ...options, onConnection: accepted.resolve });
  const peer = await connectSecurely(port.address);
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
