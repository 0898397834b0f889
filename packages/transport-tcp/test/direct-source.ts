import type { Backend, ExchangeResult, ExchangeSource, Lease, PickRequest } from '@millpond/contracts';
import type { TcpConnection } from '../src/tcp-connection.ts';
import type { TcpTransport } from '../src/tcp-transport.ts';

/** Lends a new connection to one backend each time, and keeps what was said of it. */
export class DirectSource implements ExchangeSource<TcpConnection> {
  readonly name = 'direct';
  /** What happened to the leases, one line each. */
  readonly log: string[] = [];
  /** What `acquire` waits for before it dials. */
  gate: Promise<void> = Promise.resolve();
  /** Called by each `release`. */
  onRelease: () => void = () => undefined;
  /** Lent by the next `tryAcquire`. */
  ready: TcpConnection | undefined;
  readonly #transport: TcpTransport;
  readonly #backend: Backend;

  constructor(transport: TcpTransport, backend: Backend) {
    this.#transport = transport;
    this.#backend = backend;
  }

  tryAcquire(): Lease<TcpConnection> | undefined {
    const connection = this.ready;
    this.ready = undefined;
    return connection && this.#lease(connection);
  }

  async acquire(
    request: PickRequest,
    { signal = new AbortController().signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<Lease<TcpConnection>> {
    this.log.push(`acquire for ${request.clientAddress}`);
    await Promise.race([this.gate, aborted(signal)]);
    return this.#lease(await this.#transport.connect(this.#backend, { signal }));
  }

  #lease(connection: TcpConnection): Lease<TcpConnection> {
    return {
      connection,
      backend: this.#backend,
      reused: false,
      answered: (status) => void this.log.push(`answered ${status}`),
      release: (result: ExchangeResult, bytesSent, bytesReceived) => {
        this.log.push(`released ${result} ${bytesSent} ${bytesReceived}`);
        connection.close();
        this.onRelease();
      },
      redial: () => Promise.reject(new Error('not needed')),
    };
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
