import { once } from 'node:events';
import { get, request, type IncomingMessage } from 'node:http';
import { connect, createServer, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { definePlugin, type Address, type RequestEnd } from '@millpond/contracts';
import { recordingLogger, startEchoServer, startHttpBackend } from '@millpond/testkit';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ConfigInput } from './config/index.ts';
import { createProxy } from './create-proxy.ts';
import type { Proxy, ProxyOptions } from './proxy.ts';

type AppInput = ConfigInput['apps'][number];

const loopback = { frontends: [{ listen: '127.0.0.1:0' }] };

function web(settings: object): AppInput {
  return { name: 'web', protocol: 'http', ...loopback, ...settings };
}

/** A started proxy that is stopped when its test ends. */
class Running implements AsyncDisposable {
  readonly proxy: Proxy;

  private constructor(proxy: Proxy) {
    this.proxy = proxy;
  }

  static async start(config: ConfigInput, options?: ProxyOptions): Promise<Running> {
    const proxy = createProxy(config, options);
    await proxy.start();
    return new Running(proxy);
  }

  port(app = 'web'): number {
    return portOf(this.proxy.addresses.find((open) => open.app === app)?.address);
  }

  /** One request; its head, when it is there. */
  async get(path = '/', headers: Record<string, string> = {}, app = 'web'): Promise<IncomingMessage> {
    const [response]: IncomingMessage[] = await once(
      get({ port: this.port(app), host: '127.0.0.1', path, headers, agent: false }),
      'response',
    );
    if (response === undefined) throw new Error('no response');
    return response;
  }

  async body(path?: string, headers?: Record<string, string>): Promise<string> {
    return text(await this.get(path, headers));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy.stop({ timeoutMs: 0 });
  }
}

function portOf(address: Address | undefined): number {
  if (address === undefined || !('port' in address)) throw new Error('it has no port');
  return address.port;
}

describe('a proxy', () => {
  it('serves several apps, TCP and HTTP side by side', async () => {
    await using backend = await startHttpBackend({ name: 'one' });
    await using echo = await startEchoServer();
    await using running = await Running.start({
      apps: [web({ backends: [backend.url] }), { name: 'echo', protocol: 'tcp', ...loopback, backends: [echo.url] }],
    });
    expect(await running.body()).toBe('one');
    const socket = connect(running.port('echo'), '127.0.0.1');
    socket.write('ping');
    const [answer]: unknown[] = await once(socket, 'data');
    expect(String(answer)).toBe('ping');
    socket.destroy();
  });

  it('routes by host and path prefix, and answers 404 where nothing matches', async () => {
    await using shop = await startHttpBackend({ name: 'shop' });
    await using api = await startHttpBackend({ name: 'api' });
    await using running = await Running.start({
      upstreams: { shop: { backends: [shop.url] }, api: { backends: [api.url] } },
      apps: [
        web({
          routes: [
            { match: { host: 'shop.example.com' }, upstream: 'shop' },
            { match: { host: 'shop.example.com', path: '/api' }, upstream: 'api' },
          ],
        }),
      ],
    });
    const host = 'shop.example.com:8080';
    expect(await running.body('/', { host })).toBe('shop');
    expect(await running.body('/api/x', { host })).toBe('api');
    expect(await running.body('/apiary', { host })).toBe('shop');
    const missing = await running.get('/', { host: 'other.example.com' });
    expect(missing.statusCode).toBe(404);
    expect(await text(missing)).toContain('ERR_HTTP_NO_ROUTE');
  });

  it('takes up and lets go of backends while it runs', async () => {
    await using one = await startHttpBackend({ name: 'one' });
    await using two = await startHttpBackend({ name: 'two' });
    await using running = await Running.start({ apps: [web({ backends: [one.url] })] });
    const upstream = running.proxy.upstreams.get('web');
    await upstream?.add(two.backend);
    expect([await running.body(), await running.body()].toSorted()).toEqual(['one', 'two']);
    upstream?.setState(one.backend.id, 'drain');
    expect([await running.body(), await running.body()]).toEqual(['two', 'two']);
    await upstream?.remove(two.backend.id);
    expect((await running.get()).statusCode).toBe(503);
  });

  it('answers at once what is under way on a backend that is removed with a deadline', async () => {
    await using backend = await startHttpBackend({ handler: () => undefined });
    await using running = await Running.start({ apps: [web({ backends: [backend.url] })] });
    const pending = running.get();
    while (backend.requests === 0) await new Promise((resolve) => setImmediate(resolve));
    await running.proxy.upstreams.get('web')?.remove(backend.backend.id, { timeoutMs: 10 });
    expect((await pending).statusCode).toBe(502);
  });

  it('refuses what is no backend, no state and no weight', async () => {
    await using backend = await startHttpBackend();
    await using running = await Running.start({ apps: [web({ backends: [backend.url] })] });
    const upstream: unknown = running.proxy.upstreams.get('web');
    const call = (method: string, ...args: unknown[]): unknown =>
      Reflect.get(Object(upstream), method).apply(upstream, args);
    const refused = { code: 'ERR_UPSTREAM_INVALID_OPTION' };
    await expect(call('add', 'http://127.0.0.1:9009')).rejects.toMatchObject(refused);
    await expect(call('add', { url: 'http://127.0.0.1:9009' })).rejects.toMatchObject(refused);
    expect(() => call('setState', backend.backend.id, 'bogus')).toThrow(expect.objectContaining(refused));
    expect(() => call('setWeight', backend.backend.id, '3')).toThrow(expect.objectContaining(refused));
    expect(await running.body()).toBe('http-backend');
  });

  it('lets what is in flight finish when it stops, and takes nothing new', async () => {
    let answer: (() => void) | undefined;
    await using backend = await startHttpBackend({
      handler: (_request, response) => void (answer = () => response.end('late')),
    });
    await using running = await Running.start({ apps: [web({ backends: [backend.url] })] });
    const port = running.port();
    const pending = running.get();
    while (backend.requests === 0) await new Promise((resolve) => setImmediate(resolve));
    const stopped = running.proxy.stop();
    const refused = connect(port, '127.0.0.1');
    await expect(once(refused, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    answer?.();
    const response = await pending;
    expect(response.headers.connection).toBe('close');
    expect(await text(response)).toBe('late');
    await stopped;
    while (backend.openConnections > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  it('cuts off at the deadline what does not finish', async () => {
    await using backend = await startHttpBackend({ handler: () => undefined });
    await using running = await Running.start({ apps: [web({ backends: [backend.url] })] });
    const pending = running.get();
    while (backend.requests === 0) await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([expect(pending).rejects.toThrow(), running.proxy.stop({ timeoutMs: 10 })]);
  });

  it('shows health, readiness and metrics on its admin address', async () => {
    await using backend = await startHttpBackend({ name: 'one' });
    await using running = await Running.start({
      admin: { listen: '127.0.0.1:0' },
      apps: [web({ backends: [backend.url], filters: ['path-stats'] })],
    });
    await running.body('/page');
    const admin = `http://127.0.0.1:${portOf(running.proxy.adminAddress)}`;
    expect(await (await fetch(`${admin}/healthz`)).text()).toBe('ok\n');
    expect(await (await fetch(`${admin}/readyz`)).text()).toBe('ready\n');
    const metrics = await (await fetch(`${admin}/metrics`)).text();
    expect(metrics).toContain(`millpond_pool_leases_total{upstream="web",backend="${backend.url}"} 1`);
    expect(metrics).toContain('millpond_path_response_bytes{app="web",path="/page"} 3');
    expect(metrics).toContain('process_resident_memory_bytes');
  });

  it('writes its figures to the log at every interval', async () => {
    await using backend = await startHttpBackend({ name: 'one' });
    const logger = recordingLogger();
    await using running = await Running.start(
      { log: { metricsInterval: 20 }, apps: [web({ backends: [backend.url], filters: ['path-stats'] })] },
      { logger },
    );
    await running.body('/page');
    const lines = (message: string): object[] =>
      logger.entries.filter((entry) => entry.message === message).map(({ fields }) => fields);
    const served = (): object | undefined =>
      lines('Manager Metrics').find((fields) => 'routedRequests' in fields && fields.routedRequests === 1);
    while (served() === undefined || lines('Path Metrics').length === 0)
      await new Promise((resolve) => setImmediate(resolve));
    expect(served()).toMatchObject({ upstream: 'web', loadDistribution: { [backend.url]: 1 }, bytesOut: 3 });
    expect(Object.keys(lines('Pool Metrics').at(-1) ?? {})).toEqual(
      expect.arrayContaining([
        'created',
        'active',
        'idle',
        'utilisation',
        'reuseRate',
        'healthCheckSuccessRate',
        'averageLifetimeMs',
      ]),
    );
    expect(lines('Path Metrics').at(-1)).toMatchObject({
      app: 'web',
      paths: [{ path: '/page', requests: 1, bytes: 3 }],
    });
  });

  it('tries a busy port again until it is free', async () => {
    await using backend = await startHttpBackend({ name: 'one' });
    const occupant = createServer().listen(0, '127.0.0.1');
    await once(occupant, 'listening');
    const { port }: AddressInfo = Object(occupant.address());
    const logger = recordingLogger();
    const proxy = createProxy(
      { apps: [web({ backends: [backend.url], frontends: [{ listen: `127.0.0.1:${port}` }] })] },
      { logger, observer: { listenRetried: () => occupant.close() } },
    );
    await proxy.start();
    expect(proxy.addresses).toEqual([{ app: 'web', address: { host: '127.0.0.1', port } }]);
    expect(logger.entries.map(({ message }) => message)).toContain('Port is busy, trying again');
    await proxy.stop();
  });

  it('can be stopped while it waits for a port', async () => {
    const occupant = createServer().listen(0, '127.0.0.1');
    await once(occupant, 'listening');
    const { port }: AddressInfo = Object(occupant.address());
    let stopped: Promise<void> | undefined;
    const proxy: Proxy = createProxy(
      { apps: [web({ targets: ['127.0.0.1:9'], frontends: [{ listen: `127.0.0.1:${port}` }] })] },
      { observer: { listenRetried: () => void (stopped ??= proxy.stop()) } },
    );
    await expect(proxy.start()).rejects.toMatchObject({ code: 'ERR_PROXY_STOPPED' });
    await stopped;
    expect(proxy.addresses).toEqual([]);
    occupant.close();
  });

  it('cannot be started after it was stopped', async () => {
    const proxy = createProxy({ admin: { listen: '127.0.0.1:0' }, apps: [web({ targets: ['127.0.0.1:9'] })] });
    await proxy.stop();
    await expect(proxy.start()).rejects.toMatchObject({ code: 'ERR_PROXY_STOPPED' });
    expect(proxy.adminAddress).toBeUndefined();
  });

  it('waits without end for what is in flight when it is told to', async () => {
    let answer: (() => void) | undefined;
    await using backend = await startHttpBackend({
      handler: (_request, response) => void (answer = () => response.end('late')),
    });
    await using running = await Running.start({ apps: [web({ backends: [backend.url] })] });
    const pending = running.get();
    while (backend.requests === 0) await new Promise((resolve) => setImmediate(resolve));
    const stopped = running.proxy.stop({ timeoutMs: Infinity });
    setTimeout(() => answer?.(), 50);
    expect(await text(await pending)).toBe('late');
    await stopped;
  });

  it('closes everything again when it cannot start', async () => {
    const occupant = createServer().listen(0, '127.0.0.1');
    await once(occupant, 'listening');
    const { port }: AddressInfo = Object(occupant.address());
    const disposed: string[] = [];
    const first = definePlugin({
      kind: 'strategy',
      name: 'first',
      apiVersion: 1,
      options: z.strictObject({}),
      create: () => ({ update: () => undefined, pick: () => undefined, dispose: () => void disposed.push('first') }),
    });
    const proxy = createProxy(
      { admin: { listen: `127.0.0.1:${port}` }, apps: [web({ targets: ['127.0.0.1:9'], strategy: 'first' })] },
      { plugins: [first] },
    );
    await expect(proxy.start()).rejects.toMatchObject({ code: 'ERR_PROXY_ADMIN_LISTEN' });
    expect(disposed).toEqual(['first']);
    occupant.close();
  });

  it('runs the plugins that it is given, and tells its observer of every request', async () => {
    await using backend = await startHttpBackend({ name: 'one' });
    const ends: RequestEnd[] = [];
    const stamp = definePlugin({
      kind: 'filter',
      name: 'stamp',
      apiVersion: 1,
      options: z.strictObject({ with: z.string() }),
      create: (options) => ({ onResponse: (exchange) => exchange.setResponseHeader('x-stamp', options.with) }),
    });
    await using running = await Running.start(
      { apps: [web({ backends: [backend.url], filters: [{ use: 'stamp', options: { with: 'seen' } }] })] },
      { plugins: [stamp], observer: { requestEnded: (end) => void ends.push({ ...end }) } },
    );
    const response = await running.get('/x?y');
    expect(response.headers['x-stamp']).toBe('seen');
    await text(response);
    expect(ends).toMatchObject([
      { app: 'web', method: 'GET', target: '/x?y', status: 200, bytesOut: 3, result: 'completed' },
    ]);
  });

  it('says where in the config a plugin refuses its options', () => {
    const proxy = createProxy({
      apps: [web({ targets: ['127.0.0.1:9'], filters: [{ use: 'path-stats', options: { maxPaths: 'many' } }] })],
    });
    return expect(proxy.start()).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      issues: [{ path: 'apps[0].filters[0].options.maxPaths' }],
    });
  });

  it('forwards an upload while it is being made', async () => {
    await using backend = await startHttpBackend({ handler: (incoming, response) => void incoming.pipe(response) });
    await using running = await Running.start({ apps: [web({ backends: [backend.url] })] });
    const upload = request({ port: running.port(), host: '127.0.0.1', method: 'POST', agent: false });
    upload.write('first ');
    const [response]: IncomingMessage[] = await once(upload, 'response');
    upload.end('second');
    expect(response && (await text(response))).toBe('first second');
  });
});
