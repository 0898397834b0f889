import type {
  Backend,
  BackendTls,
  Clock,
  Connection,
  ConnectOptions,
  Discovery,
  Logger,
  Observer,
  Probe,
  Random,
  Strategy,
  Transport,
} from '@millpond/contracts';
import type { BreakerOptions, ProberOptions } from '@millpond/health';
import type { PoolOptions } from '@millpond/pool';

import { invalidOption } from './errors.ts';

/** What an upstream is made of. Times are in milliseconds. */
export interface UpstreamOptions<C extends Connection = Connection> {
  /** Names it in errors, logs and metrics. */
  readonly name: string;
  /** Backends that are there from the start. @defaultValue none */
  readonly backends?: readonly Backend[];
  /** Where backends come from and go to while it runs. Stays its host's, who disposes of it later. @defaultValue none */
  readonly discovery?: Discovery;
  /** Called once per priority level of its backends; what it makes belongs to the upstream. */
  createStrategy(): Strategy | Promise<Strategy>;
  /** Dials. Stays its host's, who disposes of it later. */
  readonly transport: Pick<Transport<C>, 'connect'>;
  /** How backends that speak TLS are spoken to, by the transport and by the probe. @defaultValue the defaults of {@link BackendTls} */
  readonly tls?: BackendTls;
  /** What else the transport is asked of every connection. @defaultValue nothing */
  readonly connectOptions?: Omit<ConnectOptions, 'signal' | 'calledOff' | 'tls'>;
  /** Sizes and limits of the pool of each backend. @defaultValue those of `@millpond/pool` */
  readonly pool?: Omit<PoolOptions, 'createTimeoutMs'>;
  /**
   * Exchanges that may be under way at once, on all backends together; others wait as for a connection, as many and as
   * long as `pool` says. 0 is no limit. @defaultValue 0
   */
  readonly maxTotal?: number;
  /** How long one dial may take. @defaultValue 10000 */
  readonly connectTimeoutMs?: number;
  /** After this long, one `acquire` waits for no dial and tries no other backend. @defaultValue 2 × `connectTimeoutMs` */
  readonly connectBudgetMs?: number;
  /** How many more backends one `acquire` tries when it cannot connect. @defaultValue 2 */
  readonly retryAttempts?: number;
  /** Checks every backend. Stays its host's, who disposes of it later. @defaultValue no active checks */
  readonly probe?: Probe;
  /** How the probe is run. @defaultValue those of `Prober` in `@millpond/health` */
  readonly prober?: ProberOptions;
  /** When a backend's circuit breaker opens; `false`: never. @defaultValue those of `@millpond/health` */
  readonly breaker?: BreakerOptions | false;
  /** How long a backend that is removed may finish what it has under way; 0 cuts it off. @defaultValue 30000 */
  readonly drainTimeoutMs?: number;
}

/** What an upstream gets from its host. */
export interface UpstreamContext {
  /** @defaultValue the system's */
  readonly clock?: Clock;
  /** @defaultValue Math.random */
  readonly random?: Random;
  /** @defaultValue none */
  readonly logger?: Pick<Logger, 'error'>;
  /** @defaultValue none */
  readonly observer?: Observer;
}

/** The limits of an upstream, checked, with every default filled in. */
export interface UpstreamLimits {
  readonly connectTimeoutMs: number;
  readonly connectBudgetMs: number;
  readonly acquireTimeoutMs: number;
  readonly retryAttempts: number;
  readonly drainTimeoutMs: number;
  readonly maxTotal: number;
}

/**
 * Fills in the defaults and checks every value.
 *
 * @throws ERR_UPSTREAM_INVALID_OPTION
 */
export function upstreamLimits(options: Omit<UpstreamOptions, 'transport'>): UpstreamLimits {
  const { connectTimeoutMs = 10_000, retryAttempts = 2, drainTimeoutMs = 30_000, maxTotal = 0 } = options;
  const { connectBudgetMs = Math.min(2 * connectTimeoutMs, LONGEST_DELAY_MS) } = options;
  if (options.name === '') throw invalidOption('name', options.name, 'a text that is not empty');
  if (!Number.isInteger(retryAttempts) || retryAttempts < 0) {
    throw invalidOption('retryAttempts', retryAttempts, 'a whole number from 0');
  }
  if (!Number.isInteger(maxTotal) || maxTotal < 0) throw invalidOption('maxTotal', maxTotal, 'a whole number from 0');
  milliseconds('connectTimeoutMs', connectTimeoutMs, 1);
  milliseconds('connectBudgetMs', connectBudgetMs, 1);
  milliseconds('drainTimeoutMs', drainTimeoutMs);
  const acquireTimeoutMs = options.pool?.acquireTimeoutMs ?? 5_000;
  return { connectTimeoutMs, connectBudgetMs, acquireTimeoutMs, retryAttempts, drainTimeoutMs, maxTotal };
}

/** The longest delay that Node's timers keep; anything above would fire at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** @throws ERR_UPSTREAM_INVALID_OPTION */
export function milliseconds(name: string, value: number, least = 0): void {
  if (value >= least && value <= LONGEST_DELAY_MS) return;
  throw invalidOption(name, value, `a number of milliseconds from ${least} to ${LONGEST_DELAY_MS}`);
}
