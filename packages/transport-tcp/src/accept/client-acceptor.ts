import type { FrontendTls } from '@millpond/contracts';
import type { AcceptedClient } from './accepted-client.ts';
import { canonicalAddress } from '../canonical-address.ts';
import { FastSocket, type SocketFacts } from '../socket/fast-socket.ts';
import type { ListenOptions } from './listen.ts';
import { ProxyHeaderReader } from '../proxy-protocol/header-reader.ts';
import type { ProxyHeader } from '../proxy-protocol/header.ts';
import type { ParsedProxyHeader } from '../proxy-protocol/parser.ts';
import { TlsAcceptor } from '../tls/tls-acceptor.ts';
import type { Wire } from '../socket/wire.ts';

/** How an IPv4 address begins that an IPv6 socket accepted (RFC 4291 §2.5.5.2). */
const MAPPED_IPV4 = '::ffff:';

/** What an acceptor takes of {@link ListenOptions}. */
type ClientAcceptorOptions = Pick<
  ListenOptions,
  'buffers' | 'observer' | 'clock' | 'onConnection' | 'bareHandles' | 'tls' | 'proxyProtocol' | 'gates'
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
    const { clock, tls, proxyProtocol, buffers, bareHandles } = options;
    this.#options = options;
    this.#headers = proxyProtocol && new ProxyHeaderReader(proxyProtocol, clock);
    this.#tls = tls && new TlsAcceptor(tls, { clock, buffers, bareHandles });
  }

  /** A client has connected. */
  accept(client: AcceptedClient): void {
    const { remoteAddress } = client;
    if (this.#headers === undefined) {
      this.#admit(client, undefined, remoteAddress);
      return;
    }
    this.#headers.read(client.socket(), {
      onHeader: (parsed) => {
        const { source } = parsed.header;
        this.#admit(client, parsed, source === undefined ? remoteAddress : 'host' in source ? source.host : '');
      },
      onFailed: (reason) => this.#refused(remoteAddress, 'ERR_TCP_PROXY_HEADER', reason),
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

  #admit(client: AcceptedClient, parsed: ParsedProxyHeader | undefined, clientAddress: string): void {
    const { gates = [] } = this.#options;
    const address = !client.isTcp && clientAddress === '' ? undefined : clientAddress;
    for (const gate of gates) {
      const refusal = gate.refusal(address);
      if (refusal === undefined) continue;
      client.reset();
      this.#refused(clientAddress, refusal.code, refusal.reason);
      return;
    }
    if (gates.length > 0) {
      for (const gate of gates) gate.enter();
      client.onClose(() => {
        for (const gate of gates) gate.leave();
      });
    }
    this.#secure(client, parsed);
  }

  #secure(client: AcceptedClient, parsed: ParsedProxyHeader | undefined): void {
    const { buffers, bareHandles = true, observer } = this.#options;
    const { header: announced, rest: unread } = parsed ?? {};
    if (this.#tls === undefined) {
      this.#handOver(client.wire(buffers, bareHandles), factsOf(client, announced, unread, undefined));
      return;
    }
    const { source } = announced ?? {};
    this.#tls.accept(
      client,
      {
        onSecured: (wire, serverName) => this.#handOver(wire, factsOf(client, announced, undefined, serverName)),
        onFailed: (error) => observer.handshakeFailed?.(this.portName, error),
      },
      { address: source && 'host' in source ? source.host : undefined, unread },
    );
  }

  #handOver(wire: Wire, facts: SocketFacts): void {
    const { buffers, onConnection } = this.#options;
    onConnection(new FastSocket(wire, buffers, facts));
  }

  #refused(clientAddress: string, code: string, reason: string): void {
    this.#options.observer.connectionRefused?.(this.portName, { clientAddress, code, reason });
  }
}

/** With the address that counts for the client's: what is said by a proxy in front, if anything. */
function factsOf(
  client: AcceptedClient,
  announced: ProxyHeader | undefined,
  unread: Buffer | undefined,
  serverName: string | undefined,
): SocketFacts {
  const source = announced?.source;
  if (source === undefined) {
    const { remotePort } = client;
    return { remoteAddress: withoutMapping(client.remoteAddress), remotePort, announced, unread, serverName };
  }
  if (!('host' in source)) return { announced, unread, serverName };
  const remoteAddress = canonicalAddress(source.host) ?? '';
  return { remoteAddress, remotePort: source.port, announced, unread, serverName };
}

function withoutMapping(address: string): string {
  return address.startsWith(MAPPED_IPV4) && address.includes('.') ? address.slice(MAPPED_IPV4.length) : address;
}
