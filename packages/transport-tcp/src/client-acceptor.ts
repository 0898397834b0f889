import type { OnReadOpts, Socket } from 'node:net';
import type { FrontendTls } from '@millpond/contracts';
import { IGNORE } from './dial.ts';
import { FastSocket } from './fast-socket.ts';
import type { ListenOptions } from './listen.ts';
import type { OpenedSocket } from './opened-socket.ts';
import { ProxyHeaderReader } from './proxy-protocol/header-reader.ts';
import type { ProxyHeader } from './proxy-protocol/header.ts';
import type { ParsedProxyHeader } from './proxy-protocol/parser.ts';
import { resetSocket } from './reset-socket.ts';
import { takeOver } from './take-over.ts';
import { TlsAcceptor } from './tls-acceptor.ts';

/** What an acceptor takes of {@link ListenOptions}. */
type ClientAcceptorOptions = Pick<
  ListenOptions,
  'buffers' | 'observer' | 'clock' | 'onConnection' | 'onread' | 'tls' | 'proxyProtocol' | 'gates' | 'room'
>;

/** Brings each client that has connected to a port to where it can be served: its header read, its handshake done. */
export class ClientAcceptor {
  /** Of the port, as people write it; observers are told it. */
  portName = '';
  readonly #options: ClientAcceptorOptions;
  readonly #headers: ProxyHeaderReader | undefined;
  readonly #tls: TlsAcceptor | undefined;

  /** @throws ERR_TLS_INVALID_CERTIFICATE */
  constructor(options: ClientAcceptorOptions) {
    const { clock, tls, proxyProtocol } = options;
    this.#options = options;
    this.#headers = proxyProtocol && new ProxyHeaderReader(proxyProtocol, clock);
    this.#tls = tls && new TlsAcceptor(tls, clock);
  }

  /** A client has connected; its socket is paused. */
  accept(accepted: Socket): void {
    const { remoteAddress: clientAddress = '' } = accepted;
    if (this.#headers === undefined) {
      this.#admit(accepted, undefined, clientAddress);
      return;
    }
    this.#headers.read(accepted, {
      onHeader: (parsed) => {
        const { source } = parsed.header;
        this.#admit(accepted, parsed, source === undefined ? clientAddress : 'host' in source ? source.host : '');
      },
      onFailed: (reason) => this.#refused(clientAddress, 'ERR_TCP_PROXY_HEADER', reason),
    });
  }

  /** Exchanges the certificates for clients that connect from now on. @throws ERR_TLS_INVALID_CERTIFICATE */
  setTls(tls: FrontendTls): void {
    if (this.#tls === undefined) throw new TypeError(`${this.portName} speaks no TLS`);
    this.#tls.set(tls);
  }

  /** Cuts off clients that cannot be served yet: they have asked for nothing. */
  close(): void {
    this.#headers?.close();
    this.#tls?.close();
  }

  #admit(accepted: Socket, parsed: ParsedProxyHeader | undefined, clientAddress: string): void {
    const { gates = [] } = this.#options;
    if (gates.length === 0) {
      this.#secure(accepted, parsed, undefined);
      return;
    }
    const address = accepted.localPort === undefined && clientAddress === '' ? undefined : clientAddress;
    for (const gate of gates) {
      const refusal = gate.refusal(address);
      if (refusal === undefined) continue;
      resetSocket(accepted);
      this.#refused(clientAddress, refusal.code, refusal.reason);
      return;
    }
    for (const gate of gates) gate.enter();
    const onClosed = (): void => {
      for (const gate of gates) gate.leave();
    };
    this.#secure(accepted, parsed, onClosed);
  }

  #secure(accepted: Socket, parsed: ParsedProxyHeader | undefined, onClosed: (() => void) | undefined): void {
    const { header: announced, rest } = parsed ?? {};
    if (this.#tls === undefined) {
      this.#handOver((onread) => this.#adopt(accepted, rest, onread, announced, onClosed));
      return;
    }
    if (onClosed !== undefined) accepted.once('close', onClosed);
    if (rest !== undefined && rest.length > 0) accepted.unshift(rest);
    const { source } = announced ?? {};
    this.#tls.accept(
      accepted,
      {
        onSecured: (socket, tcp) => {
          const { remoteAddress, remotePort } = tcp;
          const serverName = socket.servername ? socket.servername.toLowerCase() : undefined;
          const known = { remoteAddress, remotePort, announced, serverName };
          this.#handOver(() => ({ socket, tcp, readsByOnread: false, ...known }));
        },
        onFailed: (error) => this.#options.observer.handshakeFailed?.(this.portName, error),
      },
      source && 'host' in source ? source.host : undefined,
    );
  }

  #adopt(
    accepted: Socket,
    rest: Buffer | undefined,
    onread: OnReadOpts,
    announced: ProxyHeader | undefined,
    onClosed: (() => void) | undefined,
  ): OpenedSocket {
    // Asked before the handle moves, so that the new socket remembers nothing and can be asked whether it still has a peer.
    const { remoteAddress, remotePort } = accepted;
    const unread = rest !== undefined && rest.length > 0 ? rest : undefined;
    const socket = this.#options.onread === false ? undefined : takeOver(accepted, onread);
    if (socket !== undefined) {
      return {
        socket,
        readsByOnread: true,
        remoteAddress,
        remotePort,
        announced,
        unread,
        onClosed: this.#leaving(onClosed),
      };
    }
    if (unread !== undefined) accepted.unshift(unread);
    return { socket: accepted, readsByOnread: false, remoteAddress, remotePort, announced, onClosed };
  }

  /** The socket that was accepted is never closed once its handle has moved: the place of its client is given back here. */
  #leaving(onClosed: (() => void) | undefined): (() => void) | undefined {
    const { room } = this.#options;
    if (room === undefined) return onClosed;
    return () => {
      onClosed?.();
      room.leave();
    };
  }

  #handOver(open: (onread: OnReadOpts) => OpenedSocket): void {
    const { buffers, onConnection } = this.#options;
    onConnection(new FastSocket(buffers, IGNORE, open));
  }

  #refused(clientAddress: string, code: string, reason: string): void {
    this.#options.observer.connectionRefused?.(this.portName, { clientAddress, code, reason });
  }
}
