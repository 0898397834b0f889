import { isIP, type Socket } from 'node:net';
import { checkServerIdentity, connect, type ConnectionOptions, type SecureContext, type TLSSocket } from 'node:tls';
import type { Backend, BackendTls } from '@millpond/contracts';
import { backendCredentials } from './credentials.ts';

/** Begins TLS on a socket that has just been connected; the handshake follows. */
export type StartTls = (tcp: Socket) => TLSSocket;

/** What is kept for all connections that are made by the same settings. */
interface Prepared {
  readonly context: SecureContext;
  /** The last session of each backend: the next connection takes it up, which spares most of a handshake. */
  readonly sessions: WeakMap<Backend, Buffer>;
}

/** The client's side of TLS for one transport. It holds nothing that has to be closed. */
export class TlsClient {
  readonly #protocols: readonly string[];
  readonly #byDefault: BackendTls = {};
  readonly #prepared = new WeakMap<BackendTls, Prepared>();

  /** @param protocols - those that it speaks, the best one first (RFC 7301); none: backends are not told */
  constructor(protocols: readonly string[] = []) {
    this.#protocols = protocols;
  }

  /**
   * What begins TLS with a backend; undefined for one that does not speak it.
   *
   * @throws ERR_TLS_INVALID_CERTIFICATE
   */
  for(backend: Backend, settings: BackendTls = this.#byDefault): StartTls | undefined {
    if (backend.tls !== true) return undefined;
    const { context, sessions } = this.#prepare(settings);
    const options = { ...connectionOptions(backend, settings), secureContext: context };
    return (tcp) => {
      const session = sessions.get(backend);
      const socket = connect({
        ...options,
        socket: tcp,
        ...(session && { session }),
        ...(this.#protocols.length > 0 && { ALPNProtocols: [...this.#protocols] }),
      });
      keepSession(socket, (latest) => sessions.set(backend, latest));
      socket.once('error', () => sessions.delete(backend));
      return socket;
    };
  }

  #prepare(settings: BackendTls): Prepared {
    let prepared = this.#prepared.get(settings);
    if (prepared === undefined) {
      prepared = { context: backendCredentials(settings), sessions: new WeakMap() };
      this.#prepared.set(settings, prepared);
    }
    return prepared;
  }
}

function connectionOptions({ address }: Backend, { servername, verify = true }: BackendTls): ConnectionOptions {
  const name = servername ?? ('path' in address ? 'localhost' : address.host);
  return {
    // An IP address cannot be asked for (RFC 6066 §3), nor a name with its final dot.
    servername: isIP(name) === 0 ? name.replace(/\.$/, '') : '',
    checkServerIdentity: (_asked, certificate) => checkServerIdentity(name, certificate),
    rejectUnauthorized: verify,
  };
}

/** Keeps sessions of backends that have been verified alone: one that is taken up is not verified again. */
function keepSession(socket: TLSSocket, keep: (session: Buffer) => void): void {
  let early: Buffer | undefined;
  let isSecure = false;
  socket.on('session', (session) => {
    if (isSecure) keep(session);
    else early = session;
  });
  socket.once('secureConnect', () => {
    isSecure = true;
    if (early !== undefined) keep(early);
  });
}
