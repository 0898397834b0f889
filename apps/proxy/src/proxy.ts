import {
  MillpondError,
  type Address,
  type Filter,
  type Logger,
  type Observer,
  type Plugin,
  type Transport,
} from '@millpond/contracts';
import { MetricsObserver, MetricsRegistry, prometheusText, startProcessMetrics } from '@millpond/metrics';
import type { Upstream } from '@millpond/upstream';
import { openAdmin, type AdminServer } from './admin.ts';
import { systemClock } from '@millpond/pool';
import { createHandler, openApp, type OpenApp } from './apps.ts';
import { isParsedConfig, parseConfig, type ConfigInput, type ProxyConfig } from './config/index.ts';
import { createFilters } from './filter-chain.ts';
import { PathStats } from './filters/index.ts';
import { LogObserver } from './log-observer.ts';
import { logMetrics } from './metrics-log.ts';
import { combineObservers } from './observers.ts';
import { registerPathMetrics } from './path-metrics.ts';
import { PluginParts } from './plugin-parts.ts';
import { registerPoolMetrics } from './pool-metrics.ts';
import { createUpstreams } from './upstreams.ts';

/** What an embedding program may add. */
export interface ProxyOptions {
  /** Plugins of the program's own, beside those that the config loads. @defaultValue none */
  readonly plugins?: readonly Plugin[];
  /** Gets the log; pino fits. @defaultValue nothing is logged */
  readonly logger?: Logger;
  /** Is told what happens, beside the proxy's own metrics and log. @defaultValue none */
  readonly observer?: Observer;
}

/** An address that an app listens on. */
export interface AppAddress {
  readonly app: string;
  readonly address: Address;
}

/** A proxy: several apps, TCP and HTTP side by side, in one process. */
export interface Proxy {
  /**
   * Loads plugins, opens every frontend and the admin address. A port that is busy is tried again until it is free or
   * {@link Proxy.stop} is called. When it rejects, everything is closed again.
   *
   * @throws ERR_CONFIG_INVALID, ERR_REGISTRY_*, ERR_TCP_LISTEN_FAILED, ERR_PROXY_ADMIN_LISTEN
   * @throws ERR_PROXY_STOPPED - it was stopped before
   */
  start(): Promise<void>;
  /**
   * Stops accepting, lets what is in flight finish, closes idle connections, and resolves when all is closed. What is
   * still open after `timeoutMs` is cut off. Calling it again waits for the same end, by the shorter time-out.
   */
  stop(options?: { readonly timeoutMs?: number }): Promise<void>;
  /** By name; empty before the start. Backends can be added, removed and drained here. */
  readonly upstreams: ReadonlyMap<string, Upstream>;
  /** What is open now, with the real ports. */
  readonly addresses: readonly AppAddress[];
  /** Where the admin address is open; undefined where it is not. */
  readonly adminAddress: Address | undefined;
  /** Prometheus text of all metrics. */
  metrics(): string;
}

/** 24.8 days: the longest delay of a timer. */
const MAX_DELAY_MS = 2 ** 31 - 1;

const SILENT: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/**
 * Makes a proxy; nothing is opened before {@link Proxy.start}.
 *
 * @param config - as in the config file, or what {@link loadConfig} returned
 * @throws ERR_CONFIG_INVALID - with every fault that was found
 *
 * @example
 * ```ts
 * const proxy = createProxy({ apps: [{ name: 'web', ports: [8080], targets: ['127.0.0.1:9001'], protocol: 'http' }] });
 * await proxy.start();
 * ```
 */
export function createProxy(config: ConfigInput | ProxyConfig, options: ProxyOptions = {}): Proxy {
  return new RunningProxy(isParsedConfig(config) ? config : parseConfig(config), options);
}

/**
 * Checks the plugins that a config names and their options; opens nothing.
 *
 * @throws ERR_CONFIG_INVALID, ERR_REGISTRY_*
 */
export async function checkPlugins(config: ProxyConfig, { plugins = [] }: ProxyOptions = {}): Promise<void> {
  const context = { clock: systemClock, random: Math.random, logger: SILENT, observer: {} };
  const parts = await PluginParts.load(config, plugins, context);
  try {
    for (const { strategy, health } of Object.values(config.upstreams)) {
      await parts.check('strategy', strategy);
      if (health !== false) await parts.check('probe', health.probe);
    }
    for (const app of config.apps) await createFilters(app, parts, config.source);
  } finally {
    await parts.dispose();
  }
}

class RunningProxy implements Proxy {
  readonly #config: ProxyConfig;
  readonly #plugins: readonly Plugin[];
  readonly #logger: Logger;
  readonly #metrics = new MetricsRegistry();
  readonly #metricsObserver = new MetricsObserver(this.#metrics);
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

  constructor(config: ProxyConfig, { plugins = [], logger = SILENT, observer }: ProxyOptions) {
    this.#config = config;
    this.#plugins = plugins;
    this.#logger = logger;
    const observers = [
      this.#metricsObserver,
      new LogObserver(logger, config.log.access),
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
      await this.stop({ timeoutMs: 0 });
      throw error;
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
    const host = { clock: systemClock, random: Math.random, logger: this.#logger, observer: this.#observer };
    const parts = await PluginParts.load(config, this.#plugins, host);
    this.#closers.push(() => parts.dispose());
    const transports = await this.#createTransports(parts);
    const upstreams = await createUpstreams(config, parts, transports, host);
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
    await this.#openApps(transports, filters);
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
    const timer = systemClock.setInterval(() => logMetrics(this.#logger, sources), metricsIntervalMs);
    this.#closers.push(() => systemClock.clear(timer));
  }

  async #openApps(transports: ReadonlyMap<string, Transport>, filters: ReadonlyMap<string, Filter[]>): Promise<void> {
    const opening = this.#config.apps.map(async (app) => {
      const transport = transports.get(app.protocol);
      if (transport === undefined) throw new TypeError(`no transport for ${app.protocol}`);
      const handler = createHandler(app, this.#config, this.#upstreams, filters.get(app.name) ?? []);
      const open = await openApp(app, transport, handler, this.#stopping.signal);
      this.#apps = [...this.#apps, open];
      this.#logger.info(
        { app: app.name, protocol: app.protocol, listen: open.listeners.map(({ address }) => address) },
        'App is open',
      );
    });
    const failed = (await Promise.allSettled(opening)).find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    this.#isReady = true;
  }

  async #close(): Promise<void> {
    this.#isReady = false;
    this.#stopping.abort();
    // What is being opened gives up now; whatever has opened by then is closed below.
    await this.#opening?.catch(ignore);
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

function alreadyStopped(): MillpondError {
  return new MillpondError('ERR_PROXY_STOPPED', 'This proxy has been stopped; make a new one to start again.');
}

function ignore(): void {
  // Nothing to do.
}
