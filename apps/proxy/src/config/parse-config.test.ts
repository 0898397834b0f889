import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineConfig } from './define-config.ts';
import { parseConfig } from './parse-config.ts';
import { configSchema } from './schema/config-schema.ts';

const web = { name: 'web', protocol: 'http', ports: [8080], backends: ['127.0.0.1:9001'] } as const;

describe('a config of one app', () => {
  test('with a name, ports and targets is a whole one, for TCP', () => {
    const { apps, upstreams, admin, shutdown, log } = parseConfig({
      apps: [{ name: 'db', ports: [5001, 5200], targets: ['127.0.0.1:9001', '127.0.0.1:9002'] }],
    });
    expect(apps[0]).toMatchObject({
      name: 'db',
      path: 'apps[0]',
      protocol: 'tcp',
      upstream: 'db',
      routes: [],
      filters: [],
    });
    expect(apps[0]?.frontends.map(({ address }) => address)).toEqual([
      { host: '0.0.0.0', port: 5001 },
      { host: '0.0.0.0', port: 5200 },
    ]);
    expect(upstreams['db']?.backends.map(({ address }) => address)).toEqual([
      { host: '127.0.0.1', port: 9001 },
      { host: '127.0.0.1', port: 9002 },
    ]);
    expect(upstreams['db']?.strategy.name).toBe('least-connections');
    expect(admin).toBeUndefined();
    expect(shutdown).toEqual({ timeoutMs: 30_000 });
    expect(log).toEqual({ level: 'info', format: undefined, metricsIntervalMs: 60_000, access: false });
  });

  test('has limits for what its clients send', () => {
    const limits = { requestLine: '1k', head: '2k', headers: 3, body: '4m', chunkExtensions: 5, trailers: 6 };
    const { apps } = parseConfig({
      apps: [{ ...web, limits: { ...limits, requestsPerConnection: 7, minRate: '1k' } }],
    });
    expect(apps[0]?.frontends[0]?.limits).toEqual({
      requestLineBytes: 1024,
      headBytes: 2048,
      headers: 3,
      bodyBytes: 4_194_304,
      chunkExtensionBytes: 5,
      trailerBytes: 6,
      requestsPerConnection: 7,
      minBytesPerSecond: 1024,
    });
  });

  test('gets every default', () => {
    const { apps, upstreams } = parseConfig({ apps: [web] });
    expect(apps[0]?.frontends[0]).toEqual({
      app: 'web',
      address: { host: '0.0.0.0', port: 8080 },
      timeouts: { headerMs: 10_000, requestMs: 30_000, idleMs: 60_000, tunnelMs: 3_600_000 },
      limits: {
        requestLineBytes: 8_192,
        headBytes: 16_384,
        headers: 100,
        bodyBytes: 0,
        chunkExtensionBytes: 4_096,
        trailerBytes: 8_192,
        requestsPerConnection: 0,
        minBytesPerSecond: 240,
      },
      trustedProxies: [],
      forwarded: 'x-forwarded',
    });
    expect(upstreams['web']).toMatchObject({
      name: 'web',
      path: 'apps[0]',
      protocol: 'http',
      strategy: { name: 'round-robin', options: {}, path: 'apps[0].strategy', optionsPath: 'apps[0].strategy.options' },
      pool: {
        max: 100,
        minIdle: 0,
        maxIdle: 100,
        maxWaiting: 1024,
        acquireTimeoutMs: 5_000,
        dialDelayMs: 0,
        idleTimeoutMs: 90_000,
        maxLifetimeMs: 1_800_000,
        order: 'lifo',
      },
      connectTimeoutMs: 10_000,
      health: {
        probe: { name: 'tcp', options: {} },
        intervalMs: 5_000,
        downIntervalMs: 1_000,
        timeoutMs: 2_000,
        unhealthyThreshold: 3,
        healthyThreshold: 2,
      },
      breaker: { errorThreshold: 50, minimumRequests: 20, resetTimeoutMs: 10_000 },
      retry: { attempts: 2, replayStale: true },
    });
  });

  test('may say for each frontend who is trusted, and how backends are told who asked', () => {
    const { ports: _ports, ...app } = web;
    const frontends = [
      { listen: ':80', trustedProxies: ['10.0.0.0/8', '2001:db8::1'], forwarded: 'both' as const },
      { listen: 'unix:/run/web.sock', trustedProxies: ['unix'], forwarded: 'off' as const },
      { listen: ':81' },
    ];
    expect(parseConfig({ apps: [{ ...app, frontends }] }).apps[0]?.frontends).toMatchObject([
      { trustedProxies: ['10.0.0.0/8', '2001:db8::1'], forwarded: 'both' },
      { trustedProxies: ['unix'], forwarded: 'off' },
      { trustedProxies: [], forwarded: 'x-forwarded' },
    ]);
  });

  test('may turn off what watches over its backends', () => {
    const { upstreams } = parseConfig({ apps: [{ ...web, health: false, breaker: false, retry: false }] });
    expect(upstreams['web']).toMatchObject({
      health: false,
      breaker: false,
      retry: { attempts: 0, replayStale: false },
    });
  });

  test('may retry only one of the two things that can be', () => {
    const retry = { attempts: 5, on: ['stale-connection'] };
    expect(parseConfig({ apps: [{ ...web, retry }] }).upstreams['web']?.retry).toEqual({
      attempts: 0,
      replayStale: true,
    });
  });

  test('is probed by HTTP where a path is given', () => {
    const health = { path: '/health', expect: '200-299', interval: '500ms' };
    expect(parseConfig({ apps: [{ ...web, health }] }).upstreams['web']?.health).toMatchObject({
      probe: {
        name: 'http',
        options: { path: '/health', expect: '200-299' },
        path: 'apps[0].health',
        optionsPath: 'apps[0].health',
      },
      intervalMs: 500,
      downIntervalMs: 500,
    });
  });

  test('names plugins with or without options', () => {
    const strategy = { use: 'ring-hash', options: { on: 'header' } };
    const { upstreams, apps } = parseConfig({
      apps: [{ ...web, strategy, filters: ['path-stats', { use: 'headers' }] }],
    });
    expect(upstreams['web']?.strategy).toMatchObject({ name: 'ring-hash', options: { on: 'header' } });
    expect(apps[0]?.filters).toMatchObject([
      { name: 'path-stats', options: {}, path: 'apps[0].filters[0]' },
      { name: 'headers', options: {}, path: 'apps[0].filters[1]' },
    ]);
  });
});

describe('a config of shared upstreams', () => {
  const config = defineConfig({
    upstreams: {
      web: {
        backends: [{ url: 'http://10.0.0.1:9001', weight: 3, priority: 1, id: 'one' }],
        timeouts: { connect: '1s' },
      },
      db: { backends: ['10.0.2.1:5432'] },
    },
    apps: [
      {
        name: 'shop',
        protocol: 'http',
        frontends: [{ listen: '[::1]:8080' }],
        upstream: 'web',
        routes: [
          { match: { host: 'API.example.com', path: '/v1/' }, upstream: 'api', timeouts: { request: '5s' } },
          { match: { path: '/' }, upstream: 'web' },
        ],
      },
      { name: 'api', protocol: 'http', ports: [8081], backends: ['10.0.1.1:9003'] },
      { name: 'edge', protocol: 'tcp', frontends: [{ listen: ':5432' }], upstream: 'db' },
    ],
  });

  test('has those of apps among them', () => {
    const { upstreams } = parseConfig(config);
    expect(Object.keys(upstreams)).toEqual(['web', 'db', 'api']);
    expect(upstreams['web']).toMatchObject({
      path: 'upstreams.web',
      protocol: 'http',
      connectTimeoutMs: 1_000,
      strategy: { name: 'round-robin', path: 'upstreams.web.strategy' },
      backends: [{ id: 'one', weight: 3, priority: 1, address: { host: '10.0.0.1', port: 9001 } }],
    });
    expect(upstreams['db']).toMatchObject({ protocol: 'tcp', strategy: { name: 'least-connections' } });
  });

  test('has routes with the timeouts of their app, but for those of their own', () => {
    const shop = parseConfig(config).apps[0];
    expect(shop?.upstream).toBe('web');
    expect(shop?.routes).toEqual([
      {
        host: 'api.example.com',
        path: '/v1/',
        upstream: 'api',
        timeouts: { headerMs: 10_000, requestMs: 5_000, idleMs: 60_000, tunnelMs: 3_600_000 },
      },
      {
        host: undefined,
        path: '/',
        upstream: 'web',
        timeouts: { headerMs: 10_000, requestMs: 30_000, idleMs: 60_000, tunnelMs: 3_600_000 },
      },
    ]);
  });
});

test('a config given as an object is taken as it is: nothing is expanded', () => {
  const strategy = { use: 'x', options: { template: '${HOME} $$' } };
  expect(parseConfig({ apps: [{ ...web, strategy }] }).upstreams['web']?.strategy.options).toEqual(strategy.options);
});

test('an object that contains itself is refused', () => {
  const options: Record<string, unknown> = {};
  options['self'] = options;
  expect(() => parseConfig({ apps: [{ ...web, strategy: { use: 'x', options } }] })).toThrow(
    'apps[0].strategy.options.self: expected a value that does not contain itself',
  );
});

test('the schema can be published as JSON Schema, with defaults and a word on every key', () => {
  const schema = z.toJSONSchema(configSchema, { target: 'draft-07', io: 'input' });
  expect(schema).toMatchObject({ type: 'object', required: ['apps'], additionalProperties: false });
  const app = 'properties.apps.items.properties';
  expect(schema).toHaveProperty(`${app}.pool.properties.idleTimeout.default`, '90s');
  expect(schema).toHaveProperty(`${app}.pool.properties.max.default`, 100);
  expect(undescribed(schema)).toEqual([]);
});

/** Keys of a JSON Schema, at any depth, that nothing is said about. */
function undescribed(schema: unknown, path = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]: [string, unknown]) => {
    const isKeyOfConfig = path.endsWith('.properties');
    const here = `${path}.${key}`;
    const said = !isKeyOfConfig || (typeof value === 'object' && value !== null && 'description' in value);
    return [...(said ? [] : [here]), ...undescribed(value, here)];
  });
}
