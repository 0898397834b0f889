import { constants, randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import {
  createServer,
  type SecureContext,
  type SecureContextOptions,
  type Server,
  type TLSSocket,
  type TlsOptions,
} from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import type { Clock, FrontendTls, Timer } from '@millpond/contracts';
import type { AcceptedClient } from '../accept/accepted-client.ts';
import { Roster, type Seat } from '../roster.ts';
import type { ReadBuffers } from '../socket/read-buffers.ts';
import { StreamWire } from '../socket/stream-wire.ts';
import type { Wire } from '../socket/wire.ts';
import { secureContext } from './credentials.ts';
import { ServerCertificates } from './server-certificates.ts';
import type { TlsAcceptance } from './tls-acceptance.ts';
import { clientHandshakeFailed, clientHandshakeTimedOut, clientNotAuthorized } from './tls-errors.ts';
import { hasTlsHandles } from './tls-handle.ts';
import { TlsHandshake } from './tls-handshake.ts';
import { tcpUnder } from './tls-socket.ts';

/** What a {@link TlsAcceptor} works with. */
export interface TlsAcceptorOptions {
  readonly clock: Pick<Clock, 'setTimeout' | 'clear'>;
  readonly buffers: ReadBuffers;
  /** Whether to do without Node's streams, where Node can. @defaultValue true */
  readonly bareHandles?: boolean | undefined;
}

/** Who is told what becomes of clients. */
export interface TlsAcceptorListener {
  /** The handshake is done. @param serverName - that the client has asked for, lower case */
  onSecured(wire: Wire, serverName: string | undefined): void;
  /** The handshake has failed; the connection is closed. Once for each client at the most. */
  onFailed(error: Error): void;
}

/** What is known of a client that has connected. */
export interface TlsClientFacts {
  /** For operators. @defaultValue where it connects from */
  readonly address?: string | undefined;
  /** What was read of it before. @defaultValue nothing */
  readonly unread?: Buffer | undefined;
}

/** A client in its handshake. */
interface Handshake {
  readonly address: string;
  readonly timer: Timer;
  readonly listener: TlsAcceptorListener;
  readonly cutOff: () => void;
}

/** What handshakes are done by; exchanged with the certificates. */
interface Settings {
  readonly certificates: ServerCertificates;
  readonly clientCertificates: FrontendTls['clientCertificates'];
  /** What clients are shown where they ask for no name that is known. */
  readonly shown: SecureContextOptions;
  /** For handshakes on bare handles. */
  readonly context: SecureContext;
  /**
   * For those on sockets of Node's, made when the first one comes. It does not listen itself, so that bursts of clients are
   * accepted as on any port.
   */
  server: Server | undefined;
}

/** What sessions can be resumed by: those of one key and purpose, also after an exchange of the certificates. */
type Tickets = Required<Pick<TlsOptions, 'ticketKeys' | 'sessionIdContext'>>;

/** Where there is no limit; Node's own sockets have it, too. */
const LONGEST_HANDSHAKE_MS = 120_000;

/** Does the TLS handshakes of clients that have connected, each within its time. */
export class TlsAcceptor {
  readonly #options: TlsAcceptorOptions;
  readonly #timeoutMs: number;
  readonly #protocols: readonly string[] | undefined;
  readonly #handshakes = new Roster<Handshake>();
  /** Those on sockets of Node's: each ends by one of the two events of the server, or is cut off. */
  readonly #bySocket = new WeakMap<Socket, Seat<Handshake>>();
  #tickets = newTickets();
  #settings: Settings;

  /** @throws ERR_TLS_INVALID_CERTIFICATE */
  constructor({ settings, protocols, timeoutMs = 10_000 }: TlsAcceptance, options: TlsAcceptorOptions) {
    this.#options = options;
    this.#timeoutMs = timeoutMs === 0 ? LONGEST_HANDSHAKE_MS : timeoutMs;
    this.#protocols = protocols;
    this.#settings = this.#prepare(settings, this.#tickets);
  }

  /** Exchanges the certificates; handshakes that have begun go on with the old ones. @throws ERR_TLS_INVALID_CERTIFICATE */
  set(settings: FrontendTls): void {
    // Sessions of before can be resumed, but not by who may have to show another certificate now.
    const isSameForClients = isDeepStrictEqual(settings.clientCertificates, this.#settings.clientCertificates);
    const tickets = isSameForClients ? this.#tickets : newTickets();
    this.#settings = this.#prepare(settings, tickets);
    this.#tickets = tickets;
  }

  /** A client has connected; nothing was read of it but what is said. */
  accept(client: AcceptedClient, listener: TlsAcceptorListener, { address, unread }: TlsClientFacts = {}): void {
    const { bareHandles = true } = this.#options;
    const name = address ?? client.remoteAddress;
    if (bareHandles && hasTlsHandles && this.#acceptHandle(client, listener, name)) return;
    this.#acceptSocket(client.socket(), listener, name, unread);
  }

  /** Cuts off clients that are still in their handshakes: they have asked for nothing yet. */
  close(): void {
    this.#handshakes.forEach(({ cutOff }) => cutOff());
  }

  /** Says whether the client has a handle to do it on. */
  #acceptHandle(client: AcceptedClient, listener: TlsAcceptorListener, address: string): boolean {
    const { buffers } = this.#options;
    const { context, certificates, clientCertificates } = this.#settings;
    const handshake = client.secure((handle) => {
      const asked = { clientCertificates, protocols: this.#protocols };
      return new TlsHandshake(handle, { context, certificates, buffers, ...asked });
    });
    if (handshake === undefined) return false;
    const seat = this.#begin(address, listener, () => handshake.wire.destroy());
    handshake.start({
      onDone: (serverName) => {
        this.#end(seat);
        listener.onSecured(handshake.wire, serverName);
      },
      onFailed: (error, refusal) => {
        if (!this.#end(seat)) return;
        listener.onFailed(failureOf(error, refusal, address));
      },
    });
    return true;
  }

  #acceptSocket(tcp: Socket, listener: TlsAcceptorListener, address: string, unread: Buffer | undefined): void {
    if (unread !== undefined && unread.length > 0) tcp.unshift(unread);
    this.#bySocket.set(
      tcp,
      this.#begin(address, listener, () => void tcp.destroy()),
    );
    // Who goes away within its handshake is gone; the TLS socket inherits this.
    tcp.allowHalfOpen = false;
    const settings = this.#settings;
    settings.server ??= this.#serve(settings);
    settings.server.emit('connection', tcp);
  }

  #prepare(settings: FrontendTls, tickets: Tickets): Settings {
    const certificates = new ServerCertificates(settings);
    const { clientCertificates } = settings;
    const shown = {
      ...certificates.byDefault,
      ...tickets,
      honorCipherOrder: true,
      // A client could have one begun after the other, each far more work for us than for it.
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    };
    return { certificates, clientCertificates, shown, context: secureContext(shown), server: undefined };
  }

  #serve({ shown, certificates, clientCertificates }: Settings): Server {
    const choose: TlsOptions['SNICallback'] = (name, done) => done(null, certificates.select(name));
    const server = createServer({
      ...shown,
      requestCert: clientCertificates !== undefined,
      rejectUnauthorized: clientCertificates?.required === true,
      pauseOnConnect: true,
      // It interrupts each handshake, which costs 5 % of it, so there is none where there is nothing to choose.
      ...(certificates.hasChoice && { SNICallback: choose }),
      ...(this.#protocols && { ALPNProtocols: [...this.#protocols] }),
    });
    server.on('secureConnection', (socket) => this.#onSecured(socket));
    server.on('tlsClientError', (error, socket) => this.#onFailed(error, socket));
    return server;
  }

  #onSecured(socket: TLSSocket): void {
    const tcp = tcpUnder(socket);
    const seat = tcp && this.#bySocket.get(tcp);
    if (tcp === undefined || seat === undefined || !this.#end(seat)) {
      socket.destroy();
      return;
    }
    socket.allowHalfOpen = true;
    const { servername } = socket;
    const serverName = servername ? servername.toLowerCase() : undefined;
    seat.member.listener.onSecured(new StreamWire(socket, tcp), serverName);
  }

  #onFailed(error: Error, socket: TLSSocket): void {
    const tcp = tcpUnder(socket);
    const seat = tcp && this.#bySocket.get(tcp);
    socket.destroy();
    if (seat === undefined || !this.#end(seat)) return;
    const { listener, address } = seat.member;
    // Node has hung up on a client by this; the error it gives then is its own hanging up.
    listener.onFailed(failureOf(error, socket.authorizationError, address));
  }

  #begin(address: string, listener: TlsAcceptorListener, destroy: () => void): Seat<Handshake> {
    const { clock } = this.#options;
    const cutOff = (): void => {
      this.#end(seat);
      destroy();
    };
    const onTimeout = (): void => {
      cutOff();
      listener.onFailed(clientHandshakeTimedOut(address, this.#timeoutMs));
    };
    const timer = clock.setTimeout(onTimeout, this.#timeoutMs);
    const seat = this.#handshakes.add({ address, timer, listener, cutOff });
    return seat;
  }

  /** Says whether it was under way. */
  #end(seat: Seat<Handshake>): boolean {
    this.#options.clock.clear(seat.member.timer);
    return this.#handshakes.remove(seat);
  }
}

function newTickets(): Tickets {
  return { ticketKeys: randomBytes(48), sessionIdContext: randomBytes(16).toString('hex') };
}

/** @param refusal - what is wrong with the certificate of a client that was refused for it */
function failureOf(error: Error, refusal: unknown, address: string): Error {
  const isRefused = typeof refusal === 'string';
  return isRefused ? clientNotAuthorized(address, refusal) : clientHandshakeFailed(address, error);
}
