import type { Logger } from '@millpond/contracts';
import type { MetricsObserver } from '@millpond/metrics';
import type { Upstream } from '@millpond/upstream';
import type { PathStats } from './filters/index.ts';

/** Paths that a log line names. */
const LOGGED_PATHS = 10;

/** What the log lines are made of. */
export interface MetricsLogSources {
  readonly upstreams: Iterable<Upstream>;
  readonly observer: MetricsObserver;
  /** By app. */
  readonly pathStats: ReadonlyMap<string, PathStats>;
}

/** Writes a `Pool Metrics` line for all pools, a `Manager Metrics` line per upstream, and a `Path Metrics` line per app that counts paths. */
export function logMetrics(logger: Logger, { upstreams, observer, pathStats }: MetricsLogSources): void {
  const all = [...upstreams];
  logger.info(poolFigures(all, observer), 'Pool Metrics');
  for (const upstream of all) logger.info(managerFigures(upstream, observer), 'Manager Metrics');
  for (const [app, stats] of pathStats) {
    logger.info({ app, paths: stats.snapshot().slice(0, LOGGED_PATHS) }, 'Path Metrics');
  }
}

function poolFigures(upstreams: readonly Upstream[], observer: MetricsObserver): object {
  const pools = upstreams.flatMap((upstream) => upstream.stats().backends.map(({ pool }) => pool));
  const sum = (figure: (pool: (typeof pools)[number]) => number): number =>
    pools.reduce((total, pool) => total + figure(pool), 0);
  const closed = (pool: (typeof pools)[number]): number => Object.values(pool.destroyed).reduce((a, b) => a + b, 0);
  const probes = upstreams.map(({ name }) => observer.upstreamTotals(name).probes);
  const checks = probes.reduce((total, probe) => total + probe.checks, 0);
  return {
    created: sum((pool) => pool.created),
    active: sum((pool) => pool.active),
    idle: sum((pool) => pool.idle),
    utilisation: ratio(
      sum((pool) => pool.active),
      sum((pool) => pool.max),
    ),
    reuseRate: ratio(
      sum((pool) => pool.reused),
      sum((pool) => pool.acquired),
    ),
    healthCheckSuccessRate: ratio(
      probes.reduce((total, probe) => total + probe.successes, 0),
      checks,
    ),
    averageLifetimeMs: Math.round(
      ratio(
        sum((pool) => pool.averageLifetimeMs * closed(pool)),
        sum(closed),
      ) ?? 0,
    ),
  };
}

function managerFigures(upstream: Upstream, observer: MetricsObserver): object {
  const { backends } = upstream.stats();
  const totals = observer.upstreamTotals(upstream.name);
  const errorRates = Object.entries(totals.errorsByType).map(([type, count]) => [type, ratio(count, totals.requests)]);
  return {
    upstream: upstream.name,
    backendHealth: Object.fromEntries(backends.map(({ id, state }) => [id, state])),
    loadDistribution: Object.fromEntries(
      Object.entries(totals.requestsByBackend).map(([id, count]) => [id, ratio(count, totals.requests)]),
    ),
    routedRequests: totals.requests,
    errorRates: Object.fromEntries(errorRates),
    bytesIn: totals.bytesIn,
    bytesOut: totals.bytesOut,
  };
}

/** To four digits; null where there is nothing to divide by. */
function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : Math.round((part / whole) * 10_000) / 10_000;
}
