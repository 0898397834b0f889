import type { ConnectionOptions } from 'node:tls';
import type {
  Backend,
  BackendTls,
  ExchangeTimeouts,
  Filter,
  ForwardedStyle,
  FrontendTls,
  Handler,
  MessageLimits,
  Observer,
  RequestEnd,
} from '@millpond/contracts';
import {
  connectRaw,
  ManualClock,
  recordingLogger,
  seededRandom,
  type RawClient,
  type RecordingLogger,
} from '@millpond/testkit';
import { ReadBuffers } from '@millpond/transport-tcp';
import type { BackendConnection } from '../src/backend-connection.ts';
import type { HttpListener } from '../src/http-listener.ts';
import { DEFAULT_LIMITS, DEFAULT_TIMEOUTS, HttpTransport } from '../src/http-transport.ts';
import { TestSource } from './test-source.ts';
import { until } from './until.ts';

/** A proxy in front of one backend, to be spoken to byte by byte. */
export interface Proxied extends AsyncDisposable {
  readonly listener: HttpListener;
  readonly source: TestSource;
  readonly clock: ManualClock;
  readonly buffers: ReadBuffers;
  readonly logger: RecordingLogger;
  /** What the observer was told, in order. */
  readonly ends: RequestEnd[];
  /** Connects; ended with the proxy. */
  connect(tls?: ConnectionOptions): Promise<RawClient>;
  /** Sends `request` on a connection of its own, and resolves with all that comes until the end. */
  exchange(request: string): Promise<string>;
  /** Resolves when so many requests have ended. */
  ended(count: number): Promise<RequestEnd[]>;
}

export interface ProxiedOptions {
  readonly bareHandles?: boolean;
  readonly timeouts?: Partial<ExchangeTimeouts>;
  readonly limits?: Partial<MessageLimits>;
  readonly filters?: readonly Filter[];
  readonly trustedProxies?: readonly string[];
  readonly forwarded?: ForwardedStyle;
  /** A UNIX socket to listen on. @defaultValue a port */
  readonly path?: string;
  readonly replayStale?: boolean;
  readonly observer?: Observer;
  /** Of the frontend. @defaultValue clients speak plain HTTP */
  readonly tls?: FrontendTls;
  /** For a backend that speaks TLS. */
  readonly backendTls?: BackendTls;
  readonly redirectToPort?: number;
  /** @defaultValue everything goes to the backend */
  readonly route?: Handler<BackendConnection>['route'];
}

export async function proxied(backend: { readonly backend: Backend }, options: ProxiedOptions = {}): Promise<Proxied> {
  const clock = new ManualClock();
  const buffers = new ReadBuffers();
  const logger = recordingLogger();
  const ends: RequestEnd[] = [];
  const observer: Observer = options.observer ?? { requestEnded: (end) => void ends.push({ ...end }) };
  const {
    bareHandles = true,
    filters = [],
    replayStale = true,
    trustedProxies = [],
    forwarded = 'x-forwarded',
  } = options;
  const transport = new HttpTransport({ clock, random: seededRandom(1), observer, logger, buffers, bareHandles });
  const source = new TestSource(transport, backend.backend, options.backendTls);
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const route = options.route ?? (() => ({ upstream: source, timeouts, filters, replayStale }));
  const { signal } = new AbortController();
  const address = options.path === undefined ? { host: '127.0.0.1', port: 0 } : { path: options.path };
  const { tls, redirectToPort } = options;
  const frontend = {
    app: 'test',
    address,
    timeouts,
    limits,
    trustedProxies,
    forwarded,
    ...(tls && { tls }),
    ...(redirectToPort && { redirectToPort }),
  };
  const listener = await transport.serve(frontend, { route }, { signal });
  const clients: RawClient[] = [];

  async function connect(tlsOptions?: ConnectionOptions): Promise<RawClient> {
    const client = await connectRaw(listener.address, tlsOptions);
    clients.push(client);
    return client;
  }
  return {
    listener,
    source,
    clock,
    buffers,
    logger,
    ends,
    connect,
    async exchange(request) {
      const client = await connect();
      client.send(request);
      return client.waitForEnd();
    },
    async ended(count) {
      await until(() => ends.length >= count);
      return ends;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
      await listener.drain({ signal: AbortSignal.abort() });
      source.close();
    },
  };
}
