import type { Backend, BackendRef, Outcome, RequestEnd } from '@millpond/contracts';
import { beforeEach, describe, expect, it } from 'vitest';
import { MetricsObserver } from './metrics-observer.ts';
import { MetricsRegistry } from './metrics-registry.ts';

let registry: MetricsRegistry;
let observer: MetricsObserver;

beforeEach(() => {
  registry = new MetricsRegistry();
  observer = new MetricsObserver(registry);
});

function backend(id: string): Backend {
  return { id, address: { host: '127.0.0.1', port: 9001 }, url: 'http://127.0.0.1:9001', weight: 1, priority: 0 };
}

function added(upstream: string, id: string): BackendRef {
  const ref = { upstream, backend: backend(id) };
  observer.backendAdded(ref);
  return ref;
}

const outcome: Outcome = { result: 'completed', status: 200, latencyMs: 4, bytesSent: 10, bytesReceived: 200 };

const request: RequestEnd = {
  app: 'shop',
  protocol: 'http',
  clientAddress: '127.0.0.1',
  upstream: 'web',
  backend: undefined,
  method: 'GET',
  target: '/',
  status: 200,
  bytesIn: 10,
  bytesOut: 200,
  durationMs: 20,
  result: 'completed',
  errorCode: undefined,
  reason: undefined,
};

/** Every series that is not zero, as `name{label values}`. */
function figures(match: string): Record<string, number> {
  const samples = registry.snapshot().flatMap((family) => family.samples);
  const entries = samples
    .filter(({ name, value }) => name.includes(match) && value !== 0)
    .map(({ name, labels, value }) => [`${name}{${Object.values(labels).join()}}`, value] as const);
  return Object.fromEntries(entries);
}

describe('requests', () => {
  it('are counted by app, upstream, backend and class of status', () => {
    const b1 = added('web', 'b1').backend;
    observer.requestEnded({ ...request, backend: b1 });
    observer.requestEnded({ ...request, backend: b1, status: 204 });
    observer.requestEnded({ ...request, backend: b1, status: 404 });
    observer.requestEnded({ ...request, upstream: undefined, status: 404 });
    observer.requestEnded({ ...request, app: 'db', protocol: 'tcp', upstream: 'pg', status: 0 });
    expect(figures('requests_total')).toEqual({
      'millpond_requests_total{shop,web,b1,2xx}': 2,
      'millpond_requests_total{shop,web,b1,4xx}': 1,
      'millpond_requests_total{shop,,,4xx}': 1,
      'millpond_requests_total{db,pg,,none}': 1,
    });
  });

  it('are measured in seconds and bytes, both ways', () => {
    observer.requestEnded(request);
    observer.requestEnded({ ...request, durationMs: 1000 });
    expect(figures('millpond_request_duration_seconds')).toMatchObject({
      'millpond_request_duration_seconds_bucket{shop,web,0.025}': 1,
      'millpond_request_duration_seconds_bucket{shop,web,+Inf}': 2,
      'millpond_request_duration_seconds_sum{shop,web}': 1.02,
      'millpond_request_duration_seconds_count{shop,web}': 2,
    });
    expect(figures('millpond_received_bytes_total')).toEqual({ 'millpond_received_bytes_total{shop,web}': 20 });
    expect(figures('millpond_sent_bytes_total')).toEqual({ 'millpond_sent_bytes_total{shop,web}': 400 });
  });

  it.each([
    ['timeout', undefined, 'timeout'],
    ['connect-failed', 'ERR_UPSTREAM_CONNECT_FAILED', 'connect-failed'],
    ['connect-failed', 'ERR_UPSTREAM_UNAVAILABLE', 'unavailable'],
    ['timeout', 'ERR_POOL_ACQUIRE_TIMEOUT', 'queue-timeout'],
    ['connect-failed', 'ERR_POOL_QUEUE_FULL', 'queue-full'],
    ['refused', 'ERR_HTTP_BODY_TOO_LARGE', 'refused'],
    ['aborted', 'ERR_TCP_CLIENT_RESET', 'aborted'],
  ] as const)('that end as %s with %s are errors of the type %s', (result, errorCode, type) => {
    observer.requestEnded({ ...request, result, errorCode, status: 502 });
    expect(figures('request_errors')).toEqual({ [`millpond_request_errors_total{shop,web,,${type}}`]: 1 });
  });
});

describe('a request that is no request', () => {
  it('is refused, not aborted by its client', () => {
    const nowhere = { upstream: undefined, backend: undefined } as const;
    observer.requestEnded({
      ...request,
      ...nowhere,
      status: 400,
      result: 'refused',
      errorCode: 'ERR_HTTP_BAD_REQUEST',
    });
    expect(figures('request_errors')).toEqual({ 'millpond_request_errors_total{shop,,,refused}': 1 });
  });
});

describe('backends', () => {
  it('have their exchanges, reuses, bytes and response times counted', () => {
    const ref = added('web', 'b1');
    observer.exchangeEnded(ref, outcome, false);
    observer.exchangeEnded(ref, { ...outcome, result: 'reset', latencyMs: -1 }, true);
    expect(figures('backend_exchanges')).toEqual({
      'millpond_backend_exchanges_total{web,b1,completed}': 1,
      'millpond_backend_exchanges_total{web,b1,reset}': 1,
    });
    expect(figures('reuses')).toEqual({ 'millpond_backend_connection_reuses_total{web,b1}': 1 });
    expect(figures('backend_received_bytes')).toEqual({ 'millpond_backend_received_bytes_total{web,b1}': 400 });
    expect(figures('response_seconds_count')).toEqual({ 'millpond_backend_response_seconds_count{web,b1}': 1 });
    expect(figures('response_seconds_sum')).toEqual({ 'millpond_backend_response_seconds_sum{web,b1}': 0.004 });
  });

  it('show each way of ending at zero before it happens, so that the first one is seen as an increase', () => {
    added('web', 'b1');
    const exchanges = registry.snapshot().find(({ name }) => name === 'millpond_backend_exchanges_total');
    expect(exchanges?.samples.map(({ value }) => value)).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });

  it('have their connections, waits and probes counted', () => {
    const ref = added('web', 'b1');
    observer.connectionOpened(ref, 3);
    observer.connectFailed(ref);
    observer.connectionClosed(ref, 'idle');
    observer.waitEnded(ref, 50, true);
    observer.waitEnded(ref, 50, false);
    observer.probeEnded(ref, true, 2);
    observer.probeEnded(ref, false, 2);
    const { [`millpond_backend_up{web,b1}`]: up, ...rest } = figures('millpond_backend');
    expect(up).toBe(1);
    expect(Object.fromEntries(Object.entries(rest).filter(([name]) => !name.includes('_bucket')))).toEqual({
      'millpond_backend_connect_duration_seconds_sum{web,b1}': 0.003,
      'millpond_backend_connect_duration_seconds_count{web,b1}': 1,
      'millpond_backend_connect_failures_total{web,b1}': 1,
      'millpond_backend_connections_closed_total{web,b1,idle}': 1,
      'millpond_backend_wait_duration_seconds_sum{web,b1}': 0.1,
      'millpond_backend_wait_duration_seconds_count{web,b1}': 2,
      'millpond_backend_wait_failures_total{web,b1}': 1,
      'millpond_backend_probes_total{web,b1,healthy}': 1,
      'millpond_backend_probes_total{web,b1,unhealthy}': 1,
      'millpond_backend_probe_seconds_total{web,b1}': 0.004,
    });
  });

  it('are up or not as their last change of state says', () => {
    const ref = added('web', 'b1');
    observer.backendStateChanged(ref, { state: 'down', previous: 'up', usable: false, reason: undefined });
    expect(figures('backend_up')).toEqual({});
    observer.backendStateChanged(ref, { state: 'up', previous: 'down', usable: true, reason: undefined });
    expect(figures('backend_up')).toEqual({ 'millpond_backend_up{web,b1}': 1 });
    expect(figures('state_changes')).toEqual({
      'millpond_backend_state_changes_total{web,b1,down}': 1,
      'millpond_backend_state_changes_total{web,b1,up}': 1,
    });
  });

  it('that were not announced are counted from their first event on', () => {
    observer.exchangeEnded({ upstream: 'web', backend: backend('b1') }, outcome, false);
    expect(observer.upstreamTotals('web').requestsByBackend).toEqual({ b1: 1 });
  });
});

describe('a backend that is removed', () => {
  it('takes its series with it, and its last events do not bring them back', () => {
    const gone = added('web', 'b1');
    const stays = added('web', 'b2');
    for (const ref of [gone, stays]) observer.requestEnded({ ...request, backend: ref.backend });
    observer.backendRemoved(gone);
    observer.connectionClosed(gone, 'drain');
    observer.exchangeEnded(gone, outcome, true);
    observer.backendStateChanged(gone, { state: 'drain', previous: 'up', usable: false, reason: undefined });
    expect(Object.keys(figures('')).filter((name) => name.includes('b1'))).toEqual([]);

    observer.requestEnded({ ...request, backend: gone.backend });
    expect(figures('requests_total')).toEqual({
      'millpond_requests_total{shop,web,b2,2xx}': 1,
      'millpond_requests_total{shop,web,,2xx}': 1,
    });
  });

  it('leaves the series to another backend of its id that has come already', () => {
    const old = added('web', 'b1');
    const successor = added('web', 'b1');
    observer.exchangeEnded(old, outcome, true);
    observer.backendRemoved(old);
    observer.exchangeEnded(successor, outcome, true);
    expect(figures('backend_exchanges')).toEqual({ 'millpond_backend_exchanges_total{web,b1,completed}': 2 });
  });

  it('may come back', () => {
    const ref = added('web', 'b1');
    observer.backendRemoved(ref);
    observer.backendAdded(ref);
    observer.requestEnded({ ...request, backend: ref.backend });
    observer.exchangeEnded(ref, outcome, true);
    expect(figures('requests_total')).toEqual({ 'millpond_requests_total{shop,web,b1,2xx}': 1 });
    expect(observer.upstreamTotals('web').requestsByBackend).toEqual({ b1: 1 });
  });
});

describe('the totals of an upstream', () => {
  it('tell what was routed where, what went wrong, bytes and probes, of that upstream alone', () => {
    const b1 = added('web', 'b1');
    const b2 = added('web', 'b2');
    observer.exchangeEnded(added('api', 'b1'), outcome, false);
    observer.exchangeEnded(b1, outcome, false);
    observer.exchangeEnded(b1, { ...outcome, result: 'timeout' }, false);
    observer.exchangeEnded(b2, outcome, false);
    observer.connectFailed(b2);
    observer.exchangeEnded(b2, { ...outcome, result: 'connect-failed' }, true);
    observer.requestEnded({ ...request, result: 'timeout', backend: b1.backend });
    observer.requestEnded({ ...request, result: 'connect-failed', errorCode: 'ERR_UPSTREAM_UNAVAILABLE', status: 503 });
    observer.probeEnded(b1, true, 2);
    observer.probeEnded(b2, false, 2);
    expect(observer.upstreamTotals('web')).toEqual({
      requests: 4,
      requestsByBackend: { b1: 2, b2: 2 },
      errorsByType: { timeout: 1, 'connect-failed': 1, unavailable: 1 },
      bytesIn: 40,
      bytesOut: 800,
      probes: { checks: 2, successes: 1 },
    });
  });

  it('go on growing when a backend is removed', () => {
    const ref = added('web', 'b1');
    observer.exchangeEnded(ref, outcome, false);
    observer.backendRemoved(ref);
    expect(observer.upstreamTotals('web')).toMatchObject({ requests: 1, requestsByBackend: {} });
  });

  it('are zero where the upstream is not known', () => {
    expect(observer.upstreamTotals('nobody')).toMatchObject({ requests: 0, errorsByType: {} });
  });
});

describe('an address', () => {
  it('has its troubles counted', () => {
    observer.listenRetried('0.0.0.0:80');
    observer.acceptFailed('0.0.0.0:80');
    expect({ ...figures('listen'), ...figures('accept') }).toEqual({
      'millpond_listen_retries_total{0.0.0.0:80}': 1,
      'millpond_accept_failures_total{0.0.0.0:80}': 1,
    });
  });
});
