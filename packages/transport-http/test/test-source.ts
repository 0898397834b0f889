import type {
  AcquireOptions,
  Backend,
  BackendTls,
  ExchangeResult,
  ExchangeSource,
  Lease,
  PickRequest,
} from '@millpond/contracts';
import type { BackendConnection } from '../src/backend-connection.ts';
import type { HttpTransport } from '../src/http-transport.ts';

/** An upstream of one backend: lends the connection that was used last, dials where none is idle, and keeps a log. */
export class TestSource implements ExchangeSource<BackendConnection> {
  readonly name = 'test';
  /** How the leases ended, in order. */
  readonly results: ExchangeResult[] = [];
  /** Every status that was told by `answered`. */
  readonly answered: number[] = [];
  dials = 0;
  redials = 0;
  /** Leases that have not been released. */
  lent = 0;
  /** Whether what is idle is lent to who waits only. */
  lendsLate = false;
  /** What `acquire` and `redial` wait for before they lend or dial. */
  gate: Promise<void> = Promise.resolve();
  /** Called by each `tryAcquire`. */
  onPick: (request: PickRequest) => void = () => undefined;
  /** Called by each `answered` and each `release`. */
  onReport: () => void = () => undefined;
  readonly #transport: HttpTransport;
  readonly #backend: Backend;
  readonly #tls: BackendTls | undefined;
  readonly #idle: BackendConnection[] = [];
  readonly #busy = new Set<BackendConnection>();

  constructor(transport: HttpTransport, backend: Backend, tls?: BackendTls) {
    this.#transport = transport;
    this.#tls = tls;
    this.#backend = backend;
  }

  /** Connections that can be lent. */
  get idle(): readonly BackendConnection[] {
    return this.#idle;
  }

  tryAcquire(request: PickRequest): Lease<BackendConnection> | undefined {
    this.onPick(request);
    return this.lendsLate ? undefined : this.#lendIdle();
  }

  async acquire(_request: unknown, options: AcquireOptions = {}): Promise<Lease<BackendConnection>> {
    await this.gate;
    const idle = this.lendsLate ? this.#lendIdle() : undefined;
    return idle ?? this.#lease(await this.#dial(options.signal), false);
  }

  /** Closes what is idle. */
  close(): void {
    for (const connection of this.#idle.splice(0)) connection.close();
  }

  /** Closes what is lent, as a pool does that must not wait any longer. */
  closeLent(): void {
    for (const connection of this.#busy) connection.close();
  }

  async #dial(signal: AbortSignal = new AbortController().signal): Promise<BackendConnection> {
    await this.gate;
    signal.throwIfAborted();
    this.dials++;
    const connection = await this.#transport.connect(this.#backend, { signal, ...(this.#tls && { tls: this.#tls }) });
    connection.onIdleClose(() => {
      const index = this.#idle.indexOf(connection);
      if (index !== -1) this.#idle.splice(index, 1);
    });
    return connection;
  }

  #lendIdle(): Lease<BackendConnection> | undefined {
    const connection = this.#idle.pop();
    return connection && this.#lease(connection, true);
  }

  #lease(connection: BackendConnection, reused: boolean): Lease<BackendConnection> {
    let isReleased = false;
    this.lent++;
    this.#busy.add(connection);
    const release = (result: ExchangeResult): void => {
      if (isReleased) throw new Error('released twice');
      isReleased = true;
      this.lent--;
      this.#busy.delete(connection);
      this.results.push(result);
      if (connection.isReusable) this.#idle.push(connection);
      else connection.close();
      this.onReport();
    };
    return {
      connection,
      backend: this.#backend,
      reused,
      answered: (status) => {
        this.answered.push(status);
        this.onReport();
      },
      release,
      redial: async (signal) => {
        this.redials++;
        this.#busy.delete(connection);
        connection.close();
        try {
          const fresh = await this.#dial(signal);
          isReleased = true;
          this.lent--;
          return this.#lease(fresh, false);
        } catch (error) {
          release('connect-failed');
          throw error;
        }
      },
    };
  }
}
