import type {
  BackendRef,
  BackendStateChange,
  CloseReason,
  ConnectionRefusal,
  Observer,
  Outcome,
  RequestEnd,
} from '@millpond/contracts';
import { backendFamilies } from './backend-families.ts';
import type { BackendFamilies } from './backend-families.ts';
import { BackendSeries } from './backend-series.ts';
import type { Counter } from './counter.ts';
import { notRoutedType } from './error-type.ts';
import type { Family } from './family.ts';
import type { MetricsRegistry } from './metrics-registry.ts';
import { requestFamilies } from './request-families.ts';
import type { RequestFamilies } from './request-families.ts';
import { RouteSeries } from './route-series.ts';
import { UpstreamTally } from './upstream-totals.ts';
import type { UpstreamTotals } from './upstream-totals.ts';

interface BackendEntry {
  readonly series: BackendSeries;
  readonly tally: UpstreamTally;
}

/**
 * Counts what happens to clients' requests and to backends.
 *
 * Whatever belongs to a backend is looked up once, when the backend is added, and found by the identity of its
 * reference from then on: an event allocates nothing. When a backend is removed its series go with it.
 */
export class MetricsObserver implements Observer {
  readonly #backendFamilies: BackendFamilies;
  readonly #requestFamilies: RequestFamilies;
  readonly #listenRetries: Family<Counter>;
  readonly #acceptFailures: Family<Counter>;
  readonly #handshakeFailures: Family<Counter>;
  readonly #waits: Family<Counter>;
  readonly #refusals: Family<Counter>;
  readonly #tallies = new Map<string, UpstreamTally>();
  readonly #backends = new Map<BackendRef, BackendEntry>();
  readonly #routes = new Map<string, Map<string | undefined, RouteSeries>>();
  /** References and backends that are gone: their last events must not bring them back. */
  readonly #removed = new WeakSet<object>();

  /** @throws ERR_METRICS_DUPLICATE - the registry has an observer already */
  constructor(registry: MetricsRegistry) {
    this.#backendFamilies = backendFamilies(registry);
    this.#requestFamilies = requestFamilies(registry);
    this.#listenRetries = registry.counter(
      'millpond_listen_retries_total',
      'Times that an address could not be listened on',
      ['address'],
    );
    this.#acceptFailures = registry.counter(
      'millpond_accept_failures_total',
      'Times that accepting connections was paused or failed',
      ['address'],
    );
    this.#handshakeFailures = registry.counter(
      'millpond_tls_handshake_failures_total',
      'Clients that did not get through their TLS handshake',
      ['address'],
    );
    this.#waits = registry.counter(
      'millpond_clients_waited_total',
      'Clients that waited for others to leave, as open files were at their limit',
      ['address'],
    );
    this.#refusals = registry.counter('millpond_connections_refused_total', 'Clients that were not let in', [
      'address',
      'code',
    ]);
  }

  /** What an upstream has done since the start; all zero where it is not known. */
  upstreamTotals(upstream: string): UpstreamTotals {
    const { requests, errors, bytesIn, bytesOut, checks, successes } =
      this.#tallies.get(upstream) ?? new UpstreamTally();
    const byBackend: [id: string, requests: number][] = [];
    for (const [ref, { series }] of this.#backends) {
      if (ref.upstream === upstream) byBackend.push([ref.backend.id, series.exchanges]);
    }
    return {
      requests,
      requestsByBackend: Object.fromEntries(byBackend),
      errorsByType: { ...errors },
      bytesIn,
      bytesOut,
      probes: { checks, successes },
    };
  }

  backendAdded(ref: BackendRef): void {
    this.#removed.delete(ref);
    this.#removed.delete(ref.backend);
    this.#of(ref)?.series.up.set(1);
  }

  backendRemoved(ref: BackendRef): void {
    this.#backends.delete(ref);
    this.#removed.add(ref).add(ref.backend);
    for (const upstreams of this.#routes.values()) upstreams.get(ref.upstream)?.forget(ref.backend);
    if (this.#hasSuccessor(ref)) return;
    const labels = { upstream: ref.upstream, backend: ref.backend.id };
    for (const family of Object.values(this.#backendFamilies)) family.remove(labels);
    this.#requestFamilies.requests.remove(labels);
    this.#requestFamilies.errors.remove(labels);
  }

  backendStateChanged(ref: BackendRef, change: BackendStateChange): void {
    const series = this.#of(ref)?.series;
    series?.up.set(change.usable ? 1 : 0);
    if (change.state !== change.previous) series?.stateChanges.of(change.state).add();
  }

  connectionOpened(ref: BackendRef, connectMs: number): void {
    this.#of(ref)?.series.connectSeconds.observe(connectMs / 1000);
  }

  connectFailed(ref: BackendRef): void {
    const entry = this.#of(ref);
    entry?.series.connectFailures.add();
    entry?.tally.countError('connect-failed');
  }

  connectionClosed(ref: BackendRef, reason: CloseReason): void {
    this.#of(ref)?.series.closes.of(reason).add();
  }

  waitEnded(ref: BackendRef, waitMs: number, served: boolean): void {
    const series = this.#of(ref)?.series;
    series?.waitSeconds.observe(waitMs / 1000);
    if (!served) series?.waitFailures.add();
  }

  exchangeEnded(ref: BackendRef, outcome: Outcome, reused: boolean): void {
    const entry = this.#of(ref);
    if (entry === undefined) return;
    entry.series.exchangeEnded(outcome, reused);
    const { tally } = entry;
    tally.requests += 1;
    tally.bytesIn += outcome.bytesSent;
    tally.bytesOut += outcome.bytesReceived;
    const { result } = outcome;
    // A failed connect has been counted by connectFailed.
    if (result !== 'completed' && result !== 'connect-failed') tally.countError(result);
  }

  probeEnded(ref: BackendRef, healthy: boolean, durationMs: number): void {
    const entry = this.#of(ref);
    if (entry === undefined) return;
    entry.series.probes.of(healthy ? 'healthy' : 'unhealthy').add();
    entry.series.probeSeconds.add(durationMs / 1000);
    entry.tally.checks += 1;
    if (healthy) entry.tally.successes += 1;
  }

  requestEnded(end: RequestEnd): void {
    const route = this.#routes.get(end.app)?.get(end.upstream) ?? this.#addRoute(end.app, end.upstream);
    route.requestEnded(end);
    const type = notRoutedType(end);
    if (type !== undefined && end.upstream !== undefined) this.#tally(end.upstream).countError(type);
  }

  listenRetried(address: string): void {
    this.#listenRetries.labels(address).add();
  }

  acceptFailed(address: string): void {
    this.#acceptFailures.labels(address).add();
  }

  handshakeFailed(address: string): void {
    this.#handshakeFailures.labels(address).add();
  }

  clientWaits(address: string): void {
    this.#waits.labels(address).add();
  }

  connectionRefused(address: string, { code }: ConnectionRefusal): void {
    this.#refusals.labels(address, code).add();
  }

  #of(ref: BackendRef): BackendEntry | undefined {
    return this.#backends.get(ref) ?? this.#addBackend(ref);
  }

  #addBackend(ref: BackendRef): BackendEntry | undefined {
    if (this.#removed.has(ref)) return undefined;
    const series = new BackendSeries(this.#backendFamilies, ref.upstream, ref.backend.id);
    const entry = { series, tally: this.#tally(ref.upstream) };
    this.#backends.set(ref, entry);
    return entry;
  }

  #addRoute(app: string, upstream: string | undefined): RouteSeries {
    const route = new RouteSeries(this.#requestFamilies, [app, upstream ?? ''], this.#removed);
    const upstreams = this.#routes.get(app) ?? new Map<string | undefined, RouteSeries>();
    this.#routes.set(app, upstreams.set(upstream, route));
    return route;
  }

  #tally(upstream: string): UpstreamTally {
    let tally = this.#tallies.get(upstream);
    if (tally === undefined) {
      tally = new UpstreamTally();
      this.#tallies.set(upstream, tally);
    }
    return tally;
  }

  /** Whether another backend of that id has taken its place, as happens when an address changes: it goes on counting. */
  #hasSuccessor({ upstream, backend }: BackendRef): boolean {
    for (const ref of this.#backends.keys()) {
      if (ref.upstream === upstream && ref.backend.id === backend.id) return true;
    }
    return false;
  }
}
