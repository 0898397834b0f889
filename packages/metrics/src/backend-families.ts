import type { MetricsRegistry } from './metrics-registry.ts';

const backend = ['upstream', 'backend'];

/** The metrics of backends. */
export type BackendFamilies = ReturnType<typeof backendFamilies>;

/** Registers the metrics of backends. */
export function backendFamilies(registry: MetricsRegistry) {
  return {
    exchanges: registry.counter('millpond_backend_exchanges_total', 'Exchanges with the backend, by how they ended', [
      ...backend,
      'result',
    ]),
    reuses: registry.counter(
      'millpond_backend_connection_reuses_total',
      'Exchanges on a connection that had carried one before',
      backend,
    ),
    responseSeconds: registry.histogram(
      'millpond_backend_response_seconds',
      'Time from the lease to the first byte of the answer',
      { labelNames: backend },
    ),
    sentBytes: registry.counter('millpond_backend_sent_bytes_total', 'Bytes sent to the backend', backend),
    receivedBytes: registry.counter(
      'millpond_backend_received_bytes_total',
      'Bytes received from the backend',
      backend,
    ),
    connectSeconds: registry.histogram('millpond_backend_connect_duration_seconds', 'Time that it took to connect', {
      labelNames: backend,
    }),
    connectFailures: registry.counter(
      'millpond_backend_connect_failures_total',
      'Connections that could not be made',
      backend,
    ),
    closes: registry.counter(
      'millpond_backend_connections_closed_total',
      'Connections that were closed, by the reason',
      [...backend, 'reason'],
    ),
    waitSeconds: registry.histogram(
      'millpond_backend_wait_duration_seconds',
      'Time that requests waited for a connection, served or not',
      { labelNames: backend },
    ),
    waitFailures: registry.counter(
      'millpond_backend_wait_failures_total',
      'Requests that waited for a connection in vain',
      backend,
    ),
    probes: registry.counter('millpond_backend_probes_total', 'Active health checks, by their result', [
      ...backend,
      'result',
    ]),
    probeSeconds: registry.counter(
      'millpond_backend_probe_seconds_total',
      'Time that active health checks took',
      backend,
    ),
    up: registry.gauge('millpond_backend_up', 'Whether the backend may be used (1) or not (0)', backend),
    stateChanges: registry.counter(
      'millpond_backend_state_changes_total',
      'Changes of the state of the backend, by the new state',
      [...backend, 'state'],
    ),
  };
}
