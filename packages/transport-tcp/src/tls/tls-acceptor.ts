import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import type { Clock, Frontend, FrontendTls, Timer } from '@millpond/contracts';
import { Roster, type Seat } from '../roster.ts';
import { ServerCertificates } from './server-certificates.ts';
import { clientHandshakeFailed, clientHandshakeTimedOut, clientNotAuthorized } from './tls-errors.ts';
import { tcpUnder } from './tls-socket.ts';

/** How the clients of a port are spoken to over TLS. */
export interface TlsAcceptance {
  readonly settings: FrontendTls;
  /** Protocols that are spoken, the best one first (RFC 7301). @defaultValue clients are not told */
  readonly protocols?: readonly string[];
  /** Milliseconds within which a handshake must be done; 0 for two minutes, which is Node's own limit. @defaultValue 10000 */
  readonly timeoutMs?: number;
}

/** How a frontend wants its clients to be accepted; undefined for one that speaks no TLS. */
export function frontendAcceptance(
  { tls, timeouts }: Frontend,
  protocols?: readonly string[],
): TlsAcceptance | undefined {
  return tls && { settings: tls, ...(protocols && { protocols }), ...(timeouts && { timeoutMs: timeouts.headerMs }) };
}

/** Who is told what becomes of clients. */
export interface TlsAcceptorListener {
  /** The handshake is done. The socket is paused, and belongs to the listener from now on; `tcp` is underneath. */
  onSecured(socket: TLSSocket, tcp: Socket): void;
  /** The handshake has failed; the connection is closed. Once for each client at the most. */
  onFailed(error: Error): void;
}

/** A client in its handshake. */
interface Handshake {
  readonly tcp: Socket;
  readonly address: string;
  readonly timer: Timer | undefined;
  readonly listener: TlsAcceptorListener;
}

/**
 * Does the TLS handshakes of clients that have connected, each within its time. Node's tls.Server does the work; it does
 * not listen itself, so that bursts of clients are accepted as on any port.
 */
export class TlsAcceptor {
  readonly #clock: Pick<Clock, 'setTimeout' | 'clear'>;
  readonly #timeoutMs: number;
  readonly #protocols: readonly string[] | undefined;
  /** Each ends by one of the two events of the server, or is cut off. */
  readonly #handshakes = new Roster<Handshake>();
  readonly #bySocket = new WeakMap<Socket, Seat<Handshake>>();
  #clientCertificates: FrontendTls['clientCertificates'];
  #server: Server;

  /** @throws ERR_TLS_INVALID_CERTIFICATE */
  constructor(acceptance: TlsAcceptance, clock: Pick<Clock, 'setTimeout' | 'clear'>) {
    const { settings, protocols, timeoutMs = 10_000 } = acceptance;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#protocols = protocols;
    this.#clientCertificates = settings.clientCertificates;
    this.#server = this.#serve(settings);
  }

  /** Exchanges the certificates; handshakes that have begun go on with the old ones. @throws ERR_TLS_INVALID_CERTIFICATE */
  set(settings: FrontendTls): void {
    const server = this.#serve(settings);
    // Sessions of before can be resumed, but not by who may have to show another certificate now.
    const isSameForClients = isDeepStrictEqual(settings.clientCertificates, this.#clientCertificates);
    if (isSameForClients) server.setTicketKeys(this.#server.getTicketKeys());
    this.#clientCertificates = settings.clientCertificates;
    this.#server = server;
  }

  /** A client has connected; its socket is paused. @param address - of the client, for operators */
  accept(tcp: Socket, listener: TlsAcceptorListener, address: string = tcp.remoteAddress ?? ''): void {
    const timer = this.#timeoutMs > 0 ? this.#clock.setTimeout(() => this.#onTimeout(tcp), this.#timeoutMs) : undefined;
    this.#bySocket.set(tcp, this.#handshakes.add({ tcp, address, timer, listener }));
    // Who goes away within its handshake is gone; the TLS socket inherits this.
    tcp.allowHalfOpen = false;
    this.#server.emit('connection', tcp);
  }

  /** Cuts off clients that are still in their handshakes: they have asked for nothing yet. */
  close(): void {
    this.#handshakes.forEach(({ tcp }) => {
      this.#end(tcp);
      tcp.destroy();
    });
  }

  #serve(settings: FrontendTls): Server {
    const certificates = new ServerCertificates(settings);
    const choose: TlsOptions['SNICallback'] = (name, done) => done(null, certificates.select(name));
    const server = createServer({
      ...certificates.byDefault,
      requestCert: settings.clientCertificates !== undefined,
      rejectUnauthorized: settings.clientCertificates?.required === true,
      pauseOnConnect: true,
      // It interrupts each handshake, which costs 5 % of it, so there is none where there is nothing to choose.
      ...(settings.certificates.length > 1 && { SNICallback: choose }),
      ...(this.#protocols && { ALPNProtocols: [...this.#protocols] }),
    });
    server.on('secureConnection', (socket) => this.#onSecured(socket));
    server.on('tlsClientError', (error, socket) => this.#onFailed(error, socket));
    return server;
  }

  #onSecured(socket: TLSSocket): void {
    const tcp = tcpUnder(socket);
    const listener = tcp && this.#end(tcp)?.listener;
    if (tcp === undefined || listener === undefined) {
      socket.destroy();
      return;
    }
    socket.allowHalfOpen = true;
    listener.onSecured(socket, tcp);
  }

  #onFailed(error: Error, socket: TLSSocket): void {
    const tcp = tcpUnder(socket);
    const handshake = tcp && this.#end(tcp);
    socket.destroy();
    handshake?.listener.onFailed(failureOf(error, socket, handshake.address));
  }

  #onTimeout(tcp: Socket): void {
    const handshake = this.#end(tcp);
    tcp.destroy();
    handshake?.listener.onFailed(clientHandshakeTimedOut(handshake.address, this.#timeoutMs));
  }

  #end(tcp: Socket): Handshake | undefined {
    const seat = this.#bySocket.get(tcp);
    if (seat === undefined) return undefined;
    this.#bySocket.delete(tcp);
    this.#handshakes.remove(seat);
    const { timer } = seat.member;
    if (timer !== undefined) this.#clock.clear(timer);
    return seat.member;
  }
}

function failureOf(error: Error, { authorizationError }: TLSSocket, address: string): Error {
  // Node has hung up on a client by this; the error it gives then is its own hanging up.
  const isRefused = typeof authorizationError === 'string';
  return isRefused ? clientNotAuthorized(address, authorizationError) : clientHandshakeFailed(address, error);
}
