import type { CollectedValue, MetricsRegistry } from '@millpond/metrics';
import type { Upstream } from '@millpond/upstream';

type BackendFigures = ReturnType<Upstream['stats']>['backends'][number];

/** Adds the figures that upstreams keep themselves; they are read when metrics are, and cost nothing in between. */
export function registerPoolMetrics(metrics: MetricsRegistry, upstreams: Iterable<Upstream>): void {
  const all = [...upstreams];
  const read = (figure: (backend: BackendFigures) => number) => (): CollectedValue[] =>
    all.flatMap((upstream) =>
      upstream.stats().backends.map((backend) => ({
        labels: { upstream: upstream.name, backend: backend.id },
        value: figure(backend),
      })),
    );
  const gauge = (name: string, help: string, figure: (backend: BackendFigures) => number): void =>
    metrics.gaugeFrom(`millpond_${name}`, help, read(figure));
  const counter = (name: string, help: string, figure: (backend: BackendFigures) => number): void =>
    metrics.counterFrom(`millpond_${name}`, help, read(figure));

  gauge('backend_active_requests', 'Exchanges under way', (backend) => backend.active);
  gauge('backend_queued_requests', 'Requests that wait for a connection', (backend) => backend.queued);
  gauge('backend_weight', 'Effective weight', (backend) => backend.weight);
  gauge('pool_connections', 'Connections that exist', ({ pool }) => pool.size);
  gauge('pool_active_connections', 'Connections that are lent', ({ pool }) => pool.active);
  gauge('pool_idle_connections', 'Connections that are not lent', ({ pool }) => pool.idle);
  gauge('pool_max_connections', 'Connections that may exist', ({ pool }) => pool.max);
  gauge('pool_utilisation_ratio', 'Share of the maximum that is lent', ({ pool }) => pool.utilisation);
  counter('pool_connections_created_total', 'Connections made', ({ pool }) => pool.created);
  counter('pool_leases_total', 'Leases given', ({ pool }) => pool.acquired);
  counter('pool_reused_leases_total', 'Leases of a connection that had been lent before', ({ pool }) => pool.reused);
  counter('pool_acquire_timeouts_total', 'Callers that waited in vain', ({ pool }) => pool.timeouts);
}
