import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram } from './histogram.ts';
import { MetricsRegistry } from './metrics-registry.ts';

describe('a metric with labels', () => {
  it('gives the same child for the same values, and another for others', () => {
    const family = new MetricsRegistry().counter('demo_total', '', ['a', 'b']);
    expect(family.labels('x', 'y')).toBe(family.labels('x', 'y'));
    expect(family.labels('x', 'y')).not.toBe(family.labels('x,y', ''));
  });

  it('refuses more or fewer values than it has labels', () => {
    const family = new MetricsRegistry().gauge('demo', '', ['a', 'b']);
    expect(() => family.labels('x')).toThrow(
      expect.objectContaining({
        code: 'ERR_METRICS_LABELS',
        message: 'demo takes 2 (a, b) label values, not 1',
      }),
    );
  });

  it('puts what is beyond its limit into one series that is called other', () => {
    const family = new MetricsRegistry({ maxSeries: 2 }).counter('demo_total', '', ['path']);
    for (const path of ['/a', '/b', '/c', '/d', '/a']) family.labels(path).add();
    expect(family.read().samples.map(({ labels, value }) => [labels['path'], value])).toEqual([
      ['/a', 2],
      ['/b', 1],
      ['other', 2],
    ]);
  });

  it('forgets the series that have given labels, and takes new ones in their place', () => {
    const family = new MetricsRegistry({ maxSeries: 3 }).gauge('demo', '', ['upstream', 'backend']);
    for (const labels of [
      ['u', 'a'],
      ['u', 'b'],
      ['v', 'a'],
    ] as const)
      family.labels(...labels).set(1);
    family.remove({ backend: 'a' });
    family.labels('w', 'c').set(2);
    expect(family.read().samples.map(({ labels }) => Object.values(labels).join())).toEqual(['u,b', 'w,c']);
  });
});

describe('the registry', () => {
  it('refuses a second metric of a name, until the first is unregistered', () => {
    const registry = new MetricsRegistry();
    registry.gauge('demo', '');
    expect(() => registry.gauge('demo', '')).toThrow(expect.objectContaining({ code: 'ERR_METRICS_DUPLICATE' }));
    registry.unregister('demo');
    registry.gauge('demo', 'again');
    expect(registry.snapshot()).toEqual([{ name: 'demo', help: 'again', type: 'gauge', samples: [] }]);
  });

  it.each([
    ['a counter without _total', (registry: MetricsRegistry) => registry.counter('demo', '')],
    ['a name with a dash', (registry: MetricsRegistry) => registry.gauge('demo-1', '')],
    ['a label of its own', (registry: MetricsRegistry) => registry.histogram('demo', '', { labelNames: ['le'] })],
    ['a reserved label', (registry: MetricsRegistry) => registry.gauge('demo', '', ['__proto__'])],
  ])('refuses %s', (_, register) => {
    expect(() => register(new MetricsRegistry())).toThrow(
      expect.objectContaining({ code: 'ERR_METRICS_INVALID_NAME' }),
    );
  });

  it.each([[[1, 1]], [[2, 1]], [[1, Infinity]], [[NaN]]])('refuses buckets %j', (buckets) => {
    expect(() => new MetricsRegistry().histogram('demo', '', { buckets })).toThrow(
      expect.objectContaining({ code: 'ERR_METRICS_BUCKETS' }),
    );
  });

  it('reads figures that are kept elsewhere anew for every snapshot', () => {
    const registry = new MetricsRegistry();
    let open = 1;
    registry.gaugeFrom('demo_open', '', () => [{ labels: { pool: 'a' }, value: open++ }]);
    registry.counterFrom('demo_total', '', () => [{ value: 5 }]);
    registry.snapshot();
    expect(registry.snapshot().flatMap(({ samples }) => samples)).toEqual([
      { name: 'demo_open', labels: { pool: 'a' }, value: 2 },
      { name: 'demo_total', labels: {}, value: 5 },
    ]);
  });
});

describe('a histogram', () => {
  it('counts every value in each bucket whose bound is not below it', () => {
    const bounds = [0.1, 1, 10];
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1, max: 20, noNaN: true })), (values) => {
        const histogram = new Histogram(bounds);
        for (const value of values) histogram.observe(value);
        const atMost = (bound: number): number => values.filter((value) => value <= bound).length;
        const buckets = histogram.samples().filter(({ suffix }) => suffix === '_bucket');
        expect(buckets.map(({ value }) => value)).toEqual([...bounds.map(atMost), values.length]);
        expect(histogram.count).toBe(values.length);
        expect(histogram.sum).toBeCloseTo(values.reduce((sum, value) => sum + value, 0));
      }),
    );
  });
});
