import type { MetricsRegistry } from './metrics-registry.ts';

const route = ['app', 'upstream'];

/** The metrics of clients' requests. */
export type RequestFamilies = ReturnType<typeof requestFamilies>;

/** Registers the metrics of clients' requests. */
export function requestFamilies(registry: MetricsRegistry) {
  return {
    requests: registry.counter(
      'millpond_requests_total',
      'Requests (TCP: connections) of clients that ended, by the class of their status',
      [...route, 'backend', 'status'],
    ),
    errors: registry.counter('millpond_request_errors_total', 'Requests that went wrong, by the kind of error', [
      ...route,
      'backend',
      'type',
    ]),
    seconds: registry.histogram('millpond_request_duration_seconds', 'Time from the request to the end of its answer', {
      labelNames: route,
    }),
    receivedBytes: registry.counter('millpond_received_bytes_total', 'Bytes received from clients', route),
    sentBytes: registry.counter('millpond_sent_bytes_total', 'Bytes sent to clients', route),
  };
}
