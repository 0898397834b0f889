import type { SecureContext } from 'node:tls';
import type { FrontendTls } from '@millpond/contracts';
import type { SocketHandle } from '../socket/node-handles.ts';
import type { ReadBuffers } from '../socket/read-buffers.ts';
import { IGNORE } from '../socket/socket-handler.ts';
import type { ServerCertificates } from './server-certificates.ts';
import { serveTls, type TlsHandle } from './tls-handle.ts';
import { TlsWire } from './tls-wire.ts';

/** What a handshake with a client is done by. */
export interface TlsHandshakeOptions {
  readonly context: SecureContext;
  readonly certificates: ServerCertificates;
  readonly clientCertificates: FrontendTls['clientCertificates'];
  readonly protocols: readonly string[] | undefined;
  readonly buffers: ReadBuffers;
}

/** Who is told what becomes of it: one of the two, once. */
export interface TlsHandshakeListener {
  /** The wire is paused. @param serverName - that the client has asked for, lower case */
  onDone(serverName: string | undefined): void;
  /** The wire is closed. @param refusal - what is wrong with the client's certificate, if that is why */
  onFailed(error: Error, refusal: string | undefined): void;
}

/** The server's side of a TLS handshake, on a bare handle. */
export class TlsHandshake {
  /** What carries the connection afterwards. */
  readonly wire: TlsWire;
  readonly #tls: TlsHandle;
  readonly #options: TlsHandshakeOptions;
  #refusal: string | undefined;

  /** @param tcp - a client's, of which nothing was read; it belongs to the wire from now on */
  constructor(tcp: SocketHandle, options: TlsHandshakeOptions) {
    this.#options = options;
    this.#tls = serveTls(tcp, options.context);
    this.wire = new TlsWire(tcp, this.#tls, options.buffers);
  }

  start(listener: TlsHandshakeListener): void {
    const { certificates, clientCertificates, protocols } = this.#options;
    const tls = this.#tls;
    if (clientCertificates !== undefined) tls.setVerifyMode(true, clientCertificates.required);
    if (protocols !== undefined) tls.setALPNProtocols(encodeProtocols(protocols));
    if (certificates.hasChoice) {
      tls.oncertcb = ({ servername }) => {
        const context = servername ? certificates.select(servername) : undefined;
        if (context !== undefined) tls.sni_context = context.context;
        tls.certCbDone();
      };
      tls.enableCertCb();
    }
    let isDone = false;
    tls.onhandshakedone = () => {
      if (isDone) return;
      isDone = true;
      if (clientCertificates !== undefined) tls.getPeerX509Certificate();
      this.wire.stopReading();
      setImmediate(() => this.#finish(listener));
    };
    this.wire.handler = {
      ...IGNORE,
      onEnd: () => this.wire.destroy(),
      onClose: (error) => listener.onFailed(error ?? wentAway(), this.#refusal),
    };
    this.wire.read();
  }

  /** In a turn of its own: it is told from within OpenSSL, where nothing may be closed. */
  #finish(listener: TlsHandshakeListener): void {
    if (this.wire.destroyed) return;
    const { clientCertificates } = this.#options;
    if (clientCertificates?.required === true) {
      this.#refusal = this.#tls.verifyError()?.code;
      if (this.#refusal !== undefined) {
        this.wire.destroy();
        return;
      }
    }
    this.wire.handler = IGNORE;
    const serverName = this.#tls.getServername();
    listener.onDone(serverName ? serverName.toLowerCase() : undefined);
  }
}

/** What Node says of one that ends within its handshake. */
function wentAway(): Error {
  return Object.assign(new Error('closed before it was there'), { code: 'ECONNRESET' });
}

/** As RFC 7301 §3.1 has them. */
function encodeProtocols(protocols: readonly string[]): Buffer {
  return Buffer.concat(
    protocols.flatMap((protocol) => {
      const name = Buffer.from(protocol, 'latin1');
      return [Buffer.of(name.length), name];
    }),
  );
}
