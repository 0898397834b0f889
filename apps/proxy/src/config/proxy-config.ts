import type { Address, Backend, ExchangeTimeouts, Frontend, PingQuestion, TlsVersion } from '@millpond/contracts';
import type { ConfigSource } from './config-source.ts';

/** What an app speaks. */
export type Protocol = 'http' | 'tcp';

/** A config that was checked: every default filled in, every value in its final form. */
export interface ProxyConfig {
  /** Modules to load plugins from; names of packages, or paths relative to {@link ConfigSource.file}. */
  readonly plugins: readonly string[];
  readonly log: LogConfig;
  /** Undefined: there is none. */
  readonly admin: { readonly listen: Address } | undefined;
  readonly shutdown: { readonly timeoutMs: number };
  /** By name; those that apps own are among them. */
  readonly upstreams: Readonly<Record<string, UpstreamConfig>>;
  readonly apps: readonly AppConfig[];
  /** Where it came from; says where a fault that is found later stands. */
  readonly source: ConfigSource;
}

export interface LogConfig {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** Undefined: pretty on a terminal, json elsewhere. */
  readonly format: 'json' | 'pretty' | undefined;
  /** 0: none. */
  readonly metricsIntervalMs: number;
  readonly access: boolean;
}

/** A plugin that is to be created. */
export interface PluginUse {
  readonly name: string;
  readonly options: unknown;
  /** Where the config names it: `apps[0].strategy`. */
  readonly path: string;
  /** Where the config has its options: `apps[0].strategy.options`. */
  readonly optionsPath: string;
}

export interface UpstreamConfig {
  readonly name: string;
  /** Where it is in the config: `upstreams.web`, or `apps[0]` of the app that owns it. */
  readonly path: string;
  readonly protocol: Protocol;
  readonly backends: readonly Backend[];
  /** Undefined: the defaults, for backends that speak TLS. */
  readonly tls: BackendTlsConfig | undefined;
  /** Undefined: backends are not told of clients. */
  readonly proxyProtocol: 'v1' | 'v2' | undefined;
  readonly keepAliveMs: number;
  readonly strategy: PluginUse;
  readonly pool: PoolConfig;
  readonly connectTimeoutMs: number;
  readonly health: HealthConfig | false;
  readonly breaker: BreakerConfig | false;
  readonly retry: RetryConfig;
}

/** Of each backend. */
export interface PoolConfig {
  readonly max: number;
  /** Of all backends together; 0 is no limit. */
  readonly maxTotal: number;
  readonly minIdle: number;
  readonly maxIdle: number;
  readonly maxWaiting: number;
  readonly acquireTimeoutMs: number;
  readonly dialDelayMs: number;
  readonly idleTimeoutMs: number;
  readonly maxLifetimeMs: number;
  readonly order: 'lifo' | 'fifo';
  /** TCP. */
  readonly serverSpeaksFirst: boolean;
  /** TCP. Undefined: idle connections are asked nothing. */
  readonly ping: (PingQuestion & { readonly intervalMs: number }) | undefined;
}

export interface HealthConfig {
  readonly probe: PluginUse;
  readonly intervalMs: number;
  /** Interval while a backend is down. */
  readonly downIntervalMs: number;
  readonly timeoutMs: number;
  readonly unhealthyThreshold: number;
  readonly healthyThreshold: number;
}

export interface BreakerConfig {
  /** Percent. */
  readonly errorThreshold: number;
  readonly minimumRequests: number;
  readonly resetTimeoutMs: number;
}

export interface RetryConfig {
  /** Further backends that are tried when one cannot be connected to; 0 is none. */
  readonly attempts: number;
  /** Whether a request is sent once more, on a new connection, when a reused one was stale and it is safe. */
  readonly replayStale: boolean;
}

export interface AppConfig {
  readonly name: string;
  /** Where it is in the config: `apps[0]`. */
  readonly path: string;
  readonly protocol: Protocol;
  /** With the limits that hold before a route is known. */
  readonly frontends: readonly FrontendConfig[];
  /** Name of the upstream for what no route matches. Undefined: HTTP 404. */
  readonly upstream: string | undefined;
  readonly routes: readonly RouteConfig[];
  readonly timeouts: ExchangeTimeouts;
  /** TCP. */
  readonly halfClose: boolean;
  readonly filters: readonly PluginUse[];
}

/** A frontend whose certificates are not read yet. */
export interface FrontendConfig extends Omit<Frontend, 'tls'> {
  readonly tls?: FrontendTlsConfig;
}

export interface FrontendTlsConfig {
  readonly certificates: readonly CertificateConfig[];
  readonly clientCertificates?: { readonly ca: ConfigFile; readonly required: boolean };
  readonly minVersion: TlsVersion;
}

export interface BackendTlsConfig {
  readonly ca?: ConfigFile;
  readonly servername?: string;
  readonly clientCertificate?: CertificateConfig;
  readonly verify: boolean;
  readonly minVersion: TlsVersion;
}

export interface CertificateConfig {
  readonly cert: ConfigFile;
  readonly key: ConfigFile;
  readonly passphrase?: string;
}

/** A file that the config names. */
export interface ConfigFile {
  /** Absolute path. */
  readonly file: string;
  /** Where the config names it: `apps[0].frontends[0].tls.certificates[0].cert`. */
  readonly path: string;
}

export interface RouteConfig {
  /** Lower case, without a port; undefined is any. TCP: the server name that a TLS client asks for. */
  readonly host: string | undefined;
  /** Prefix of the path; undefined is any. */
  readonly path: string | undefined;
  /** TCP: of these, a TLS client must offer one; undefined is any. */
  readonly protocols: readonly string[] | undefined;
  readonly upstream: string;
  readonly timeouts: ExchangeTimeouts;
}
