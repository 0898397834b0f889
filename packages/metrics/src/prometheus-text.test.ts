import { describe, expect, it } from 'vitest';
import { MetricsRegistry } from './metrics-registry.ts';
import { prometheusText } from './prometheus-text.ts';

describe('the Prometheus text', () => {
  it('is that of the format 0.0.4, byte for byte', () => {
    const registry = new MetricsRegistry();
    const requests = registry.counter('demo_requests_total', 'Requests', ['method', 'status']);
    requests.labels('GET', '2xx').add(3);
    requests.labels('POST', '5xx').add();
    registry.gauge('demo_temperature', 'Now').labels().set(-1.5);
    const seconds = registry.histogram('demo_seconds', 'Durations', { labelNames: ['app'], buckets: [0.005, 1] });
    for (const value of [0.004, 0.005, 0.5, 7]) seconds.labels('web').observe(value);
    expect(prometheusText(registry.snapshot())).toBe(
      [
        '# HELP demo_requests_total Requests',
        '# TYPE demo_requests_total counter',
        'demo_requests_total{method="GET",status="2xx"} 3',
        'demo_requests_total{method="POST",status="5xx"} 1',
        '# HELP demo_temperature Now',
        '# TYPE demo_temperature gauge',
        'demo_temperature -1.5',
        '# HELP demo_seconds Durations',
        '# TYPE demo_seconds histogram',
        'demo_seconds_bucket{app="web",le="0.005"} 2',
        'demo_seconds_bucket{app="web",le="1"} 3',
        'demo_seconds_bucket{app="web",le="+Inf"} 4',
        'demo_seconds_sum{app="web"} 7.509',
        'demo_seconds_count{app="web"} 4',
        '',
      ].join('\n'),
    );
  });

  it('escapes backslashes and line feeds, and quotes in labels only', () => {
    const registry = new MetricsRegistry();
    registry.gauge('demo', 'a "b" \\ c\nd', ['path']).labels('a "b" \\ c\nd').set(1);
    expect(prometheusText(registry.snapshot())).toBe(
      String.raw`# HELP demo a "b" \\ c\nd` +
        '\n# TYPE demo gauge\n' +
        String.raw`demo{path="a \"b\" \\ c\nd"} 1` +
        '\n',
    );
  });

  it.each([
    [Infinity, '+Inf'],
    [-Infinity, '-Inf'],
    [NaN, 'NaN'],
    [1e21, '1e+21'],
    [0, '0'],
  ])('writes %d as %s', (value, text) => {
    const samples = [{ name: 'demo', labels: {}, value }];
    expect(prometheusText([{ name: 'demo', help: '', type: 'gauge', samples }])).toContain(`\ndemo ${text}\n`);
  });
});
