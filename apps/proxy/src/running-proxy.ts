import {
  MillpondError,
  type Address,
  type Filter,
  type Logger,
  type Observer,
  type Plugin,
  type Transport,
} from '@millpond/contracts';
import {
  MetricsObserver,
  MetricsRegistry,
  openFilesLimit,
  prometheusText,
  startProcessMetrics,
} from '@millpond/metrics';
import { systemClock } from '@millpond/pool';
import type { Upstream } from '@millpond/upstream';
import { openAdmin, type AdminServer } from './admin.ts';
import { createHandler, openApp, type OpenApp } from './apps.ts';
import type { AppConfig, ProxyConfig } from './config/index.ts';
import { createDescriptorRoom, type DescriptorRoom } from './descriptor-room.ts';
import { createFilters } from './filter-chain.ts';
import { PathStats } from './filters/index.ts';
import { LogObserver } from './log-observer.ts';
import { logMetrics } from './metrics-log.ts';
import { combineObservers } from './observers.ts';
import { registerPathMetrics } from './path-metrics.ts';
import { PluginParts } from './plugin-parts.ts';
import { registerPoolMetrics } from './pool-metrics.ts';
import { QueueLog } from './queue-log.ts';
import type { AppAddress, Proxy, ProxyOptions } from './proxy.ts';
import { RoomLog } from './room-log.ts';
import { silentLogger } from './silent-logger.ts';
import { reloadCertificates } from './tls/certificate-reload.ts';
import { readTls, type TlsMaterial } from './tls/read-tls.ts';
import { warnOfTls } from './tls/warn-of-tls.ts';
import { TurnClock } from './turn-clock.ts';
import { createUpstreams } from './upstreams.ts';

/** 24.8 days: the longest delay of a timer. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** What {@link createProxy} returns. */
export class RunningProxy implements Proxy {
  readonly #config: ProxyConfig;
  readonly #plugins: readonly Plugin[];
  readonly #logger: Logger;
  readonly #clock = new TurnClock(systemClock);
  readonly #metrics = new MetricsRegistry();
  readonly #metricsObserver = new MetricsObserver(this.#metrics);
  readonly #room: DescriptorRoom | undefined;
  readonly #observer: Observer;
  readonly #stopping = new AbortController();
  readonly #cutOff = new AbortController();
  readonly #closers: (() => void | Promise<void>)[] = [];
  #upstreams: ReadonlyMap<string, Upstream> = new Map();
  #apps: readonly OpenApp[] = [];
  #admin: AdminServer | undefined;
  #opening: Promise<void> | undefined;
  #started: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  #isReady = false;

  constructor(config: ProxyConfig, { plugins = [], logger = silentLogger, observer }: ProxyOptions) {
    this.#config = config;
    this.#plugins = plugins;
    this.#logger = logger;
    this.#room = createDescriptorRoom(config, openFilesLimit());
    const observers = [
      this.#metricsObserver,
      new LogObserver(logger, config.log.access),
      new QueueLog(logger, this.#clock),
      new RoomLog(logger, this.#clock),
      ...(this.#room === undefined ? [] : [this.#room]),
      ...(observer === undefined ? [] : [observer]),
    ];
    this.#observer = combineObservers(observers, (error) => logger.error({ err: error }, 'An observer threw'));
  }

  get upstreams(): ReadonlyMap<string, Upstream> {
    return this.#upstreams;
  }

  get addresses(): readonly AppAddress[] {
    return this.#apps.flatMap(({ name, listeners }) => listeners.map(({ address }) => ({ app: name, address })));
  }

  get adminAddress(): Address | undefined {
    return this.#admin?.address;
  }

  metrics(): string {
    return prometheusText(this.#metrics.snapshot());
  }

  start(): Promise<void> {
    if (this.#opening === undefined && this.#stopped !== undefined) return Promise.reject(alreadyStopped());
    this.#opening ??= this.#open();
    this.#started ??= this.#opening.catch(async (error: unknown) => {
      const wasStopped = this.#stopped !== undefined;
      await this.stop({ timeoutMs: 0 });
      throw wasStopped ? alreadyStopped(error) : error;
    });
    return this.#started;
  }

  stop({ timeoutMs = this.#config.shutdown.timeoutMs }: { readonly timeoutMs?: number } = {}): Promise<void> {
    // Node takes a delay beyond its limit for 1 ms.
    const timer = timeoutMs > MAX_DELAY_MS ? undefined : setTimeout(() => this.#cutOff.abort(), timeoutMs);
    this.#stopped ??= this.#close();
    return this.#stopped.finally(() => clearTimeout(timer));
  }

  async #open(): Promise<void> {
    const config = this.#config;
    const room = this.#room && { room: this.#room };
    const host = { clock: this.#clock, random: Math.random, logger: this.#logger, observer: this.#observer, ...room };
    const parts = await PluginParts.load(config, this.#plugins, host);
    this.#closers.push(() => parts.dispose());
    const tls = await readTls(config);
    warnOfTls(config, tls, this.#logger);
    const transports = await this.#createTransports(parts);
    const upstreams = await createUpstreams(config, parts, transports, tls.upstreams, host);
    this.#upstreams = upstreams;
    for (const upstream of upstreams.values()) {
      this.#closers.push(() => upstream.close({ timeoutMs: 0 }));
      await upstream.start();
    }
    const filters = new Map<string, Filter[]>();
    for (const app of config.apps) filters.set(app.name, await createFilters(app, parts, config.source));
    this.#measure(filters);
    if (config.admin !== undefined) {
      this.#admin = await openAdmin(config.admin.listen, {
        metrics: () => this.metrics(),
        isReady: () => this.#isReady,
      });
      this.#closers.push(() => this.#admin?.close());
      this.#logger.info({ listen: this.#admin.address }, 'Admin address is open');
    }
    await this.#openApps(transports, filters, tls);
  }

  async #createTransports(parts: PluginParts): Promise<Map<string, Transport>> {
    const transports = new Map<string, Transport>();
    for (const { protocol, path } of this.#config.apps) {
      if (transports.has(protocol)) continue;
      const use = { name: protocol, options: undefined, path: `${path}.protocol`, optionsPath: `${path}.protocol` };
      transports.set(protocol, await parts.create('transport', use));
    }
    return transports;
  }

  #measure(filters: ReadonlyMap<string, readonly Filter[]>): void {
    this.#closers.push(startProcessMetrics(this.#metrics));
    this.#metrics.gaugeFrom('millpond_clients_waiting', 'Clients that wait for others to leave', () => [
      { value: this.#room?.crowd.waiting ?? 0 },
    ]);
    registerPoolMetrics(this.#metrics, this.#upstreams.values());
    const pathStats = new Map<string, PathStats>();
    for (const [app, chain] of filters) {
      const stats = chain.find((filter) => filter instanceof PathStats);
      if (stats !== undefined) pathStats.set(app, stats);
    }
    registerPathMetrics(this.#metrics, pathStats);
    const { metricsIntervalMs } = this.#config.log;
    if (metricsIntervalMs === 0) return;
    const sources = { upstreams: [...this.#upstreams.values()], observer: this.#metricsObserver, pathStats };
    const timer = this.#clock.setInterval(() => logMetrics(this.#logger, sources), metricsIntervalMs);
    this.#closers.push(() => this.#clock.clear(timer));
  }

  async #openApps(
    transports: ReadonlyMap<string, Transport>,
    filters: ReadonlyMap<string, Filter[]>,
    tls: TlsMaterial,
  ): Promise<void> {
    const opening = this.#config.apps.map(async (app) => {
      const transport = transports.get(app.protocol);
      if (transport === undefined) throw new TypeError(`no transport for ${app.protocol}`);
      const handler = createHandler(app, this.#config, this.#upstreams, filters.get(app.name) ?? []);
      const open = await openApp(app, transport, handler, tls.frontends, this.#stopping.signal);
      this.#apps = [...this.#apps, open];
      this.#keepCertificates(app, open, tls);
      this.#logger.info(
        { app: app.name, protocol: app.protocol, listen: open.listeners.map(({ address }) => address) },
        'App is open',
      );
    });
    const failed = (await Promise.allSettled(opening)).find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    this.#isReady = true;
  }

  /** Reads the certificates of an app anew when their files change, until the proxy is stopped. */
  #keepCertificates(app: AppConfig, { listeners }: OpenApp, { frontends }: TlsMaterial): void {
    const context = { clock: this.#clock, logger: this.#logger, source: this.#config.source };
    for (const [index, listener] of listeners.entries()) {
      const frontend = app.frontends[index];
      const inUse = frontend && frontends.get(frontend);
      if (frontend?.tls === undefined || inUse === undefined) continue;
      this.#closers.push(reloadCertificates(listener, frontend.tls, inUse, context));
    }
  }

  async #close(): Promise<void> {
    this.#isReady = false;
    this.#stopping.abort();
    // What is being opened gives up now; whatever has opened by then is closed below.
    await this.#opening?.catch(() => undefined);
    const listeners = this.#apps.flatMap((app) => app.listeners);
    await Promise.all(listeners.map((listener) => listener.drain({ signal: this.#cutOff.signal })));
    this.#apps = [];
    for (const close of this.#closers.toReversed()) {
      try {
        await close();
      } catch (error) {
        this.#logger.error({ err: error }, 'Cannot close a part');
      }
    }
    this.#logger.debug({}, 'Everything is closed');
  }
}

function alreadyStopped(cause?: unknown): MillpondError {
  return new MillpondError('ERR_PROXY_STOPPED', 'This proxy has been stopped; make a new one to start again.', {
    cause,
  });
}
