import {
  connectRaw,
  exchangeRaw,
  ManualClock,
  recordingLogger,
  seededRandom,
  startEchoServer,
  startTcpBackend,
} from '@millpond/testkit';
import type { LoopbackServer } from '@millpond/testkit';
import type { Frontend, Handler, Listener, Logger, Observer, RequestEnd, Route } from '@millpond/contracts';
import { describe, expect, it } from 'vitest';
import { deferred } from '../test/deferred.ts';
import { DirectSource } from '../test/direct-source.ts';
import { LOOPBACK, READ_PATHS } from '../test/loopback.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { tcpTransport, TcpTransport } from './tcp-transport.ts';

interface Proxy extends AsyncDisposable {
  readonly clock: ManualClock;
  readonly transport: TcpTransport;
  readonly listener: Listener;
  readonly source: DirectSource;
  readonly ends: RequestEnd[];
  /** Resolves when `count` clients have ended. */
  ended(count: number): Promise<void>;
}

interface ProxySettings {
  readonly bareHandles?: boolean;
  readonly idleMs?: number;
  readonly route?: Partial<Route<TcpConnection>>;
  readonly frontend?: Partial<Frontend>;
  readonly logger?: Logger;
}

const NEVER = new AbortController().signal;

/** A frontend in front of `server`; without one, no route is found. */
async function proxy(
  server: LoopbackServer | undefined,
  { bareHandles = true, idleMs = 0, route: more = {}, frontend = {}, logger }: ProxySettings = {},
): Promise<Proxy> {
  const clock = new ManualClock();
  const ends: RequestEnd[] = [];
  const waiting = new Set<() => void>();
  const observer: Observer = {
    requestEnded: (end) => {
      ends.push({ ...end });
      for (const look of waiting) look();
    },
  };
  const transport = new TcpTransport({
    clock,
    random: seededRandom(1),
    observer,
    bareHandles,
    ...(logger && { logger }),
  });
  const backend = server?.backend ?? { id: 'none', url: 'none', address: LOOPBACK, weight: 1, priority: 0 };
  const source = new DirectSource(transport, backend);
  const timeouts = { headerMs: 0, requestMs: 0, idleMs, tunnelMs: 0 };
  const route = { upstream: source, timeouts, filters: [], replayStale: false, ...more };
  const handler: Handler<TcpConnection> = { route: () => (server === undefined ? undefined : route) };
  const listener = await transport.serve({ app: 'db', address: LOOPBACK, ...frontend }, handler, { signal: NEVER });
  return {
    clock,
    transport,
    listener,
    source,
    ends,
    ended: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (ends.length < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    [Symbol.asyncDispose]: () => listener.drain({ signal: AbortSignal.abort() }),
  };
}

describe.each(READ_PATHS)('A TCP frontend that reads by $path', ({ bareHandles }) => {
  it('relays a client to a backend, and reports it once', async () => {
    await using server = await startTcpBackend({ name: 'b' });
    await using tcp = await proxy(server, { bareHandles });
    expect(await exchangeRaw(tcp.listener.address, 'hello', { halfClose: true })).toBe('b\nhello');
    await tcp.ended(1);
    expect(tcp.ends).toEqual([
      {
        app: 'db',
        protocol: 'tcp',
        clientAddress: '127.0.0.1',
        upstream: 'direct',
        backend: server.backend,
        method: '',
        target: '',
        status: 0,
        bytesIn: 5,
        bytesOut: 7,
        durationMs: 0,
        result: 'completed',
        errorCode: undefined,
      },
    ]);
    expect(tcp.source.log).toEqual(['acquire for 127.0.0.1', 'answered 0', 'released completed 5 7']);
    expect(tcp.listener.connections).toBe(0);
  });

  it('passes on what a client sends while it waits for a connection', async () => {
    await using server = await startEchoServer();
    await using tcp = await proxy(server, { bareHandles });
    const gate = deferred();
    tcp.source.gate = gate.promise;
    await using client = await connectRaw(tcp.listener.address);
    client.send('early');
    client.end();
    gate.resolve();
    expect(await client.waitForEnd()).toBe('early');
  });

  it('uses a connection that is there, with what the backend has said on it', async () => {
    await using server = await startTcpBackend({ name: 'b' });
    await using tcp = await proxy(server, { bareHandles });
    tcp.source.ready = await tcp.transport.connect(server.backend, { signal: NEVER, serverSpeaksFirst: true });
    await new Promise(setImmediate);
    expect(await exchangeRaw(tcp.listener.address, 'hello', { halfClose: true })).toBe('b\nhello');
    await tcp.ended(1);
    expect(tcp.source.log).toEqual(['answered 0', 'released completed 5 7']);
  });

  it('resets a client that no route takes', async () => {
    await using tcp = await proxy(undefined, { bareHandles });
    // So soon that it may not even see the connection.
    await expect(exchangeRaw(tcp.listener.address, '')).rejects.toThrow('ECONNRESET');
    await tcp.ended(1);
    expect(tcp.ends).toMatchObject([
      {
        result: 'refused',
        errorCode: 'ERR_TCP_NO_ROUTE',
        reason: 'No route takes this client. Add one.',
        upstream: undefined,
        backend: undefined,
      },
    ]);
  });

  it('resets a client that gets no connection', async () => {
    await using server = await startEchoServer();
    await using tcp = await proxy(server, { bareHandles });
    await server.kill();
    await expect(exchangeRaw(tcp.listener.address, '')).rejects.toThrow('ECONNRESET');
    await tcp.ended(1);
    expect(tcp.ends).toMatchObject([
      { result: 'connect-failed', errorCode: 'ERR_TCP_CONNECT_FAILED', upstream: 'direct', backend: undefined },
    ]);
  });

  it('tells a backend that cuts off from a client that does', async () => {
    await using server = await startEchoServer();
    await using tcp = await proxy(server, { bareHandles });
    await using first = await connectRaw(tcp.listener.address);
    first.send('x');
    await first.waitFor('x');
    server.resetConnections();
    await expect(first.waitForEnd()).rejects.toThrow('ECONNRESET');
    const second = await connectRaw(tcp.listener.address);
    second.send('yy');
    await second.waitFor('yy');
    second.reset();
    await tcp.ended(2);
    expect(tcp.ends).toMatchObject([
      { result: 'reset', errorCode: 'ERR_TCP_BACKEND_RESET', bytesIn: 1, bytesOut: 1 },
      { result: 'aborted', errorCode: 'ERR_TCP_CLIENT_RESET', bytesIn: 2, bytesOut: 2 },
    ]);
    expect(tcp.source.log).toContain('released reset 1 1');
    expect(tcp.source.log).toContain('released aborted 2 2');
  });

  it('cuts off a client that has been idle for too long', async () => {
    await using server = await startEchoServer();
    await using tcp = await proxy(server, { bareHandles, idleMs: 5000 });
    await using client = await connectRaw(tcp.listener.address);
    client.send('x');
    await client.waitFor('x');
    await tcp.clock.advance(5200);
    await expect(client.waitForEnd()).rejects.toThrow('ECONNRESET');
    await tcp.ended(1);
    expect(tcp.ends).toMatchObject([{ result: 'timeout', errorCode: 'ERR_TCP_IDLE_TIMEOUT' }]);
    expect(tcp.ends[0]?.durationMs).toBeGreaterThanOrEqual(5000);
  });

  it('drains: accepts nobody, lets clients end by themselves, and cuts them off at the signal', async () => {
    await using server = await startEchoServer();
    await using tcp = await proxy(server, { bareHandles });
    await using patient = await connectRaw(tcp.listener.address);
    await using endless = await connectRaw(tcp.listener.address);
    for (const client of [patient, endless]) {
      client.send('x');
      await client.waitFor('x');
    }
    expect(tcp.listener.connections).toBe(2);
    const controller = new AbortController();
    const drained = tcp.listener.drain({ signal: controller.signal });
    await expect(connectRaw(tcp.listener.address)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    patient.send('still here');
    await patient.waitFor('still here');
    patient.end();
    await patient.waitForEnd();
    await tcp.ended(1);
    controller.abort();
    await drained;
    await expect(endless.waitForEnd()).rejects.toThrow('ECONNRESET');
    expect(tcp.listener.connections).toBe(0);
    expect(tcp.ends).toMatchObject([
      { result: 'completed', errorCode: undefined },
      { result: 'aborted', errorCode: 'ERR_TCP_ABORTED' },
    ]);
    expect(tcp.clock.pending).toBe(0);
    await expect.poll(() => server.openConnections).toBe(0);
  });

  it('takes clients that wait out of the queue when draining is over', async () => {
    await using server = await startEchoServer();
    await using tcp = await proxy(server, { bareHandles });
    tcp.source.gate = new Promise(() => undefined);
    await using client = await connectRaw(tcp.listener.address);
    while (tcp.listener.connections === 0) {
      await new Promise(setImmediate);
    }
    await tcp.listener.drain({ signal: AbortSignal.abort() });
    await expect(client.waitForEnd()).rejects.toThrow('ECONNRESET');
    expect(tcp.ends).toMatchObject([{ result: 'aborted', errorCode: 'ERR_TCP_ABORTED' }]);
    expect(tcp.source.log).toEqual(['acquire for 127.0.0.1']);
  });
});

describe('A TCP frontend whose upstream throws at the end of an exchange', () => {
  it('reports the client all the same, and has the error logged', async () => {
    await using server = await startEchoServer();
    const logger = recordingLogger();
    await using tcp = await proxy(server, { logger });
    tcp.source.onRelease = () => {
      throw new Error('a faulty strategy');
    };
    expect(await exchangeRaw(tcp.listener.address, 'hello', { halfClose: true })).toBe('hello');
    await tcp.ended(1);
    expect(tcp.ends).toMatchObject([{ result: 'completed' }]);
    expect(tcp.listener.connections).toBe(0);
    expect(logger.entries).toMatchObject([{ level: 'error', fields: { err: { message: 'a faulty strategy' } } }]);
  });
});

describe('The tcp plugin', () => {
  it('makes a TCP transport', async () => {
    const clock = new ManualClock();
    const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    const context = { clock, random: seededRandom(1), logger, observer: {} };
    expect(tcpTransport).toMatchObject({ kind: 'transport', name: 'tcp' });
    expect(await tcpTransport.create({}, context)).toBeInstanceOf(TcpTransport);
  });

  it('takes no options', async () => {
    const { validate } = tcpTransport.options['~standard'];
    expect(await validate({})).toEqual({ value: {} });
    expect(await validate({ nodelay: true })).toMatchObject({
      issues: [{ message: expect.stringContaining('nodelay') }],
    });
    expect(await validate(7)).toHaveProperty('issues');
  });
});

describe('A TCP frontend with the PROXY protocol', () => {
  it('tells the backend of the client first, also over a connection that waited, and counts only its own bytes', async () => {
    await using server = await startEchoServer();
    await using tcp = await proxy(server, { route: { proxyProtocol: 'v1' } });
    const { port } = 'port' in tcp.listener.address ? tcp.listener.address : { port: 0 };
    tcp.source.ready = await tcp.transport.connect(server.backend, { signal: NEVER });
    for (const clients of [1, 2]) {
      await using client = await connectRaw(tcp.listener.address);
      client.send('hello');
      client.end();
      const expected = `PROXY TCP4 127.0.0.1 127.0.0.1 ${client.socket.localPort} ${port}\r\nhello`;
      expect(await client.waitForEnd()).toBe(expected);
      await tcp.ended(clients);
      expect(tcp.ends.at(-1)).toMatchObject({ bytesIn: 5, bytesOut: expected.length });
    }
    expect(tcp.source.log.filter((line) => line.startsWith('acquire'))).toHaveLength(1);
  });

  it('knows the client by what it is told, and tells it on', async () => {
    await using server = await startEchoServer();
    const frontend: Partial<Frontend> = { proxyProtocol: 'require', trustedProxies: ['127.0.0.1'] };
    await using tcp = await proxy(server, { frontend, route: { proxyProtocol: 'v2' } });
    const answer = await exchangeRaw(tcp.listener.address, 'PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nhello', {
      halfClose: true,
    });
    expect(answer).toBe('\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\x01\x02\x03\x04\x05\x06\x07\x08\0\x01\0\x02hello');
    await tcp.ended(1);
    expect(tcp.ends).toMatchObject([{ clientAddress: '1.2.3.4', bytesIn: 5 }]);
  });
});

describe('A TCP frontend whose routes depend on the ClientHello', () => {
  const frontend: Partial<Frontend> = {
    readsClientHello: true,
    timeouts: { headerMs: 1000, requestMs: 0, idleMs: 0, tunnelMs: 0 },
  };
  const errorCode = 'ERR_TCP_CLIENT_HELLO';

  it('passes on all that it has read, of a client that speaks no TLS too', async () => {
    await using server = await startEchoServer();
    await using tcp = await proxy(server, { frontend });
    expect(await exchangeRaw(tcp.listener.address, 'hello', { halfClose: true })).toBe('hello');
    await tcp.ended(1);
    expect(tcp.ends).toMatchObject([{ result: 'completed', bytesIn: 5, bytesOut: 5 }]);
  });

  it('resets a client whose ClientHello cannot be read', async () => {
    await using server = await startEchoServer();
    await using tcp = await proxy(server, { frontend });
    await expect(exchangeRaw(tcp.listener.address, '\x16\x03\x01\x00\x00')).rejects.toThrow('ECONNRESET');
    await tcp.ended(1);
    expect(tcp.ends).toMatchObject([{ result: 'refused', errorCode, upstream: undefined }]);
    expect(tcp.source.log).toEqual([]);
  });

  it('resets a client that says nothing in time', async () => {
    await using server = await startEchoServer();
    await using tcp = await proxy(server, { frontend });
    await using client = await connectRaw(tcp.listener.address);
    client.send('\x16\x03');
    while (tcp.listener.connections === 0) await new Promise(setImmediate);
    await tcp.clock.advance(1001);
    await expect(client.waitForEnd()).rejects.toThrow('ECONNRESET');
    await tcp.ended(1);
    expect(tcp.ends).toMatchObject([{ result: 'refused', errorCode }]);
    expect(tcp.clock.pending).toBe(0);
  });

  it.each(['ends', 'resets'])(
    'reports a client that %s its connection before it has said what it wants',
    async (how) => {
      await using server = await startEchoServer();
      await using tcp = await proxy(server, { frontend });
      await using client = await connectRaw(tcp.listener.address);
      client.send('\x16\x03');
      while (tcp.listener.connections === 0) await new Promise(setImmediate);
      if (how === 'ends') client.end();
      else client.reset();
      await tcp.ended(1);
      expect(tcp.ends).toMatchObject([{ errorCode: 'ERR_TCP_CLIENT_RESET' }]);
      expect([tcp.listener.connections, tcp.clock.pending]).toEqual([0, 0]);
    },
  );

  it('gives up when its time to drain is over', async () => {
    await using server = await startEchoServer();
    await using tcp = await proxy(server, { frontend });
    await using client = await connectRaw(tcp.listener.address);
    while (tcp.listener.connections === 0) await new Promise(setImmediate);
    await tcp.listener.drain({ signal: AbortSignal.abort() });
    expect(tcp.ends).toMatchObject([{ result: 'aborted', errorCode: 'ERR_TCP_ABORTED' }]);
    await expect(client.waitForEnd()).rejects.toThrow('ECONNRESET');
  });
});
