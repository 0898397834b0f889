import { describe, expect, it } from 'vitest';

import { tcpProbe } from '@millpond/health';
import type { Observer } from '@millpond/contracts';
import { ManualClock, startRawServer, type LoopbackServer } from '@millpond/testkit';

import { createRoundRobin, request, startFakeUpstream } from '../test/fixtures.ts';
import { ask, lineTransport, type LineConnection } from '../test/line-transport.ts';
import { untilCool } from '../test/rounds.ts';
import { Upstream, type UpstreamOptions } from './index.ts';

/** Answers every line with its name. */
async function startLineServer(name: string): Promise<LoopbackServer> {
  return startRawServer(
    (socket) => {
      socket.on('data', () => socket.write(`${name}\n`));
      socket.on('end', () => socket.end());
    },
    { name },
  );
}

async function startUpstream(
  servers: readonly LoopbackServer[],
  options: Partial<UpstreamOptions<LineConnection>> = {},
  observer: Observer = {},
): Promise<{ upstream: Upstream<LineConnection>; clock: ManualClock }> {
  const clock = new ManualClock();
  const upstream = new Upstream<LineConnection>(
    {
      name: 'lines',
      backends: servers.map(({ backend }) => backend),
      createStrategy: createRoundRobin,
      transport: lineTransport,
      ...options,
    },
    { clock, observer },
  );
  await upstream.start();
  return { upstream, clock };
}

async function exchange(upstream: Upstream<LineConnection>): Promise<string> {
  const lease = upstream.tryAcquire(request) ?? (await upstream.acquire(request));
  try {
    const answer = await ask(lease.connection, 'hello');
    lease.answered(200);
    lease.release('completed', 6, answer.length + 1);
    return answer;
  } catch (error) {
    lease.release('reset', 6, 0);
    throw error;
  }
}

describe('Upstream, over real sockets', () => {
  it('rotates over its backends and uses their connections again', async () => {
    await using a = await startLineServer('a');
    await using b = await startLineServer('b');
    const { upstream } = await startUpstream([a, b]);

    const answers: string[] = [];
    for (let i = 0; i < 100; i += 1) {
      answers.push(await exchange(upstream));
      await untilCool();
    }

    expect(answers.join('')).toBe('ab'.repeat(50));
    expect([a.connections, b.connections]).toEqual([1, 1]);
    await upstream.close();
  });

  it('loses nothing but what is under way when a backend is killed, and uses it again when it is back', async () => {
    await using a = await startLineServer('a');
    await using b = await startLineServer('b');
    const { upstream, clock } = await startUpstream([a, b]);
    for (let i = 0; i < 4; i += 1) await exchange(upstream);
    await untilCool();

    await a.kill();
    while (upstream.backends()[0]?.pool.size !== 0) await untilCool();
    const during = new Set<string>();
    for (let i = 0; i < 10; i += 1) during.add(await exchange(upstream));
    expect([...during]).toEqual(['b']);
    await a.restart();
    await clock.advance(1000);
    const after = new Set<string>();
    for (let i = 0; i < 10; i += 1) after.add(await exchange(upstream));

    expect([...after].toSorted()).toEqual(['a', 'b']);
    await upstream.close();
  });

  it('learns from its probe that a backend is back', async () => {
    await using a = await startLineServer('a');
    const probe = tcpProbe();
    let onCheck: (() => void) | undefined;
    const { upstream, clock } = await startUpstream(
      [a],
      { probe, prober: { intervalMs: 1000, downIntervalMs: 100, jitter: 0 } },
      { probeEnded: () => onCheck?.() },
    );
    const nextCheck = async () => {
      const result = new Promise<void>((resolve) => (onCheck = resolve));
      await clock.advance(100);
      await result;
    };
    await nextCheck();
    await a.kill();
    await expect(exchange(upstream)).rejects.toMatchObject({ code: 'ERR_UPSTREAM_CONNECT_FAILED' });
    await expect(exchange(upstream)).rejects.toMatchObject({ code: 'ERR_UPSTREAM_UNAVAILABLE' });

    await a.restart();
    await nextCheck();

    expect(await exchange(upstream)).toBe('a');
    expect(upstream.stats().probe).toEqual({ checks: 2, successes: 2 });
    await upstream.close();
  });

  it('does not lend a connection again on which bytes came right after the answer', async () => {
    await using chatty = await startRawServer((socket) =>
      socket.on('data', () => {
        socket.write('answer\n');
        setImmediate(() => setImmediate(() => socket.write('and more\n')));
      }),
    );
    const { upstream } = await startUpstream([chatty]);
    const answers = new Set<string>();

    for (let i = 0; i < 20; i += 1) {
      answers.add(await exchange(upstream));
      while (upstream.backends()[0]?.pool.size !== 0) await untilCool();
    }

    expect([...answers]).toEqual(['answer']);
    expect(chatty.connections).toBe(20);
    await upstream.close();
  });

  it('forgets idle connections that their backend closes', async () => {
    await using a = await startLineServer('a');
    const { upstream } = await startUpstream([a]);
    await exchange(upstream);
    await untilCool();

    a.endConnections();
    while (upstream.backends()[0]?.pool.size !== 0) await untilCool();

    expect(upstream.tryAcquire(request)).toBeUndefined();
    expect(await exchange(upstream)).toBe('a');
    await upstream.close();
  });

  it('leaves no socket and no timer behind when it is closed', async () => {
    await using a = await startLineServer('a');
    const probe = tcpProbe();
    const { upstream, clock } = await startUpstream([a], { probe, pool: { minIdle: 2 } });
    await exchange(upstream);

    await upstream.close();

    expect(clock.pending).toBe(0);
    while (a.openConnections > 0) await untilCool();
    expect(upstream.backends()).toEqual([]);
  });
});

describe('Upstream.close', () => {
  it('lets what is under way finish, and sends those away who wait', async () => {
    const { upstream } = await startFakeUpstream({ backends: ['a'], pool: { max: 1 } });
    const lease = await upstream.acquire(request);
    const waiting = expect(upstream.acquire(request)).rejects.toMatchObject({ code: 'ERR_UPSTREAM_UNAVAILABLE' });

    const closing = upstream.close();
    await waiting;
    expect(lease.connection.isClosed).toBe(false);
    lease.release('completed', 0, 0);
    await closing;

    expect(lease.connection.isClosed).toBe(true);
  });

  it('cuts off what is under way at the deadline, which a second call brings forward', async () => {
    const { upstream, clock } = await startFakeUpstream({ backends: ['a'] });
    const lease = await upstream.acquire(request);

    const closing = upstream.close();
    await clock.advance(29_000);
    expect(lease.connection.isClosed).toBe(false);
    await Promise.all([closing, upstream.close({ timeoutMs: 0 })]);

    expect(lease.connection.isClosed).toBe(true);
    lease.release('aborted', 0, 0);
    expect(clock.pending).toBe(0);
  });
});

describe('Upstream, its options', () => {
  it.each([
    [{ name: '' }, 'name'],
    [{ connectTimeoutMs: 0 }, 'connectTimeoutMs'],
    [{ connectBudgetMs: Number.NaN }, 'connectBudgetMs'],
    [{ drainTimeoutMs: -1 }, 'drainTimeoutMs'],
    [{ retryAttempts: 1.5 }, 'retryAttempts'],
    [{ connectTimeoutMs: 2 ** 31 }, 'connectTimeoutMs'],
  ])('refuses %j', async (options, named) => {
    await expect(startFakeUpstream(options)).rejects.toMatchObject({
      code: 'ERR_UPSTREAM_INVALID_OPTION',
      message: expect.stringContaining(named),
    });
  });

  it('refuses a deadline that is no time, and goes on', async () => {
    const { upstream } = await startFakeUpstream({ backends: ['a'] });
    const refused = { code: 'ERR_UPSTREAM_INVALID_OPTION' };

    await expect(upstream.remove('a', { timeoutMs: -1 })).rejects.toMatchObject(refused);
    await expect(upstream.close({ timeoutMs: Number.NaN })).rejects.toMatchObject(refused);

    (await upstream.acquire(request)).release('completed', 0, 0);
    await upstream.close();
  });
});
