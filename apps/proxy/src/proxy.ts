import type { Address, Logger, Observer, Plugin } from '@millpond/contracts';
import type { Upstream } from '@millpond/upstream';

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
   * @throws ERR_CONFIG_INVALID, ERR_TLS_INVALID_CERTIFICATE, ERR_REGISTRY_*, ERR_TCP_LISTEN_FAILED, ERR_PROXY_ADMIN_LISTEN
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
