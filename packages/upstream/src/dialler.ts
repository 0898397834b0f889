import type { Backend, Clock, Connection, ConnectOptions, Transport } from '@millpond/contracts';
import type { CreateContext, Factory } from '@millpond/pool';

import { codeOf } from './errors.ts';

/** A connection with what its dial has shown: what the pool of a backend keeps. */
export interface Dialled<C extends Connection> {
  readonly connection: C;
  /** How long the dial took, in milliseconds. */
  readonly connectMs: number;
}

/** What is asked of every connection of an upstream. */
export type ConnectSettings = Omit<ConnectOptions, 'signal' | 'calledOff'>;

/** What a {@link Dialler} works with. */
export interface DiallerOptions<C extends Connection> {
  readonly backend: Backend;
  readonly transport: Pick<Transport<C>, 'connect'>;
  readonly how: ConnectSettings;
  readonly clock: Clock;
  readonly onConnected: () => void;
  /** The backend refused or took too long. Not called for a dial that was called off. */
  readonly onFailed: (error: unknown) => void;
}

/** Dials one backend, for its pool. */
export class Dialler<C extends Connection> implements Factory<Dialled<C>> {
  readonly #options: DiallerOptions<C>;

  constructor(options: DiallerOptions<C>) {
    this.#options = options;
  }

  async create(context: CreateContext): Promise<Dialled<C>> {
    const { backend, transport, how, clock, onConnected, onFailed } = this.#options;
    const startedAt = clock.now();
    try {
      const connection = await transport.connect(backend, new ConnectRequest(context, how));
      connection.onIdleClose(context.died);
      if (!context.isCalledOff) onConnected();
      return { connection, connectMs: clock.now() - startedAt };
    } catch (error) {
      const failure: unknown = context.isCalledOff ? context.signal.reason : error;
      if (!context.isCalledOff || codeOf(failure) === 'ERR_POOL_CREATE_TIMEOUT') onFailed(failure);
      throw failure;
    }
  }

  destroy({ connection }: Dialled<C>): void {
    connection.close();
  }

  /** What cannot be asked counts as good. */
  async ping({ connection }: Dialled<C>, signal: AbortSignal): Promise<void> {
    await connection.ping?.(signal);
  }

  /** A connection tells that it ended when the event loop gets to it; this is asked in case it knows already. */
  validate({ connection }: Dialled<C>): boolean {
    return connection.isReusable;
  }
}

/** What a transport is asked for. The signal is made for a transport that reads it: it costs more than the rest of a dial. */
class ConnectRequest implements ConnectOptions {
  readonly calledOff: Promise<never>;
  readonly tls: ConnectOptions['tls'];
  readonly keepAliveMs: ConnectOptions['keepAliveMs'];
  readonly serverSpeaksFirst: ConnectOptions['serverSpeaksFirst'];
  readonly ping: ConnectOptions['ping'];
  readonly #context: CreateContext;

  constructor(context: CreateContext, { tls, keepAliveMs, serverSpeaksFirst, ping }: ConnectSettings) {
    this.calledOff = context.calledOff;
    this.tls = tls;
    this.keepAliveMs = keepAliveMs;
    this.serverSpeaksFirst = serverSpeaksFirst;
    this.ping = ping;
    this.#context = context;
  }

  get signal(): AbortSignal {
    return this.#context.signal;
  }
}
