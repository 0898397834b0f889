import { getEventListeners } from 'node:events';

import { describe, expect, it } from 'vitest';

import { ipHash, leastConnections } from '@millpond/balancer';
import type { Candidate, Lease, Strategy } from '@millpond/contracts';
import { pluginContext } from '@millpond/testkit';

import { backend, request, startFakeUpstream, type FakeUpstream } from '../test/fixtures.ts';
import { untilCool } from '../test/rounds.ts';

async function lend({ upstream }: FakeUpstream): Promise<Lease> {
  return upstream.tryAcquire(request) ?? (await upstream.acquire(request));
}

function finish(lease: Lease): void {
  lease.answered(200);
  lease.release('completed', 1, 1);
}

function statusOf({ upstream }: FakeUpstream, id: string) {
  const status = upstream.backends().find((candidate) => candidate.id === id);
  if (status === undefined) throw new Error(`${id} is not there`);
  return status;
}

describe('Upstream, lending', () => {
  it('dials when no connection is free, and lends that connection again without a promise', async () => {
    const fake = await startFakeUpstream({ backends: ['a'] });
    expect(fake.upstream.tryAcquire(request)).toBeUndefined();

    const first = await fake.upstream.acquire(request);
    expect(first).toMatchObject({ reused: false, backend: { id: 'a' } });
    finish(first);
    expect(fake.upstream.tryAcquire(request)).toBeUndefined();
    await untilCool();
    const second = fake.upstream.tryAcquire(request);

    expect(second).toMatchObject({ reused: true, connection: first.connection });
    expect(fake.transport.dials).toEqual(['a']);
    second?.release('completed', 0, 0);
    await fake.upstream.close();
  });

  it('does not hold it against a backend that this process is out of descriptors', async () => {
    const fake = await startFakeUpstream({ backends: ['a'] });
    fake.transport.fates.set('a', 'out of descriptors');

    await expect(fake.upstream.acquire(request)).rejects.toMatchObject({ code: 'ERR_UPSTREAM_CONNECT_FAILED' });
    expect(statusOf(fake, 'a')).toMatchObject({ state: 'up', usable: true, failures: 1 });

    fake.transport.fates.clear();
    finish(await fake.upstream.acquire(request));
    await fake.upstream.close();
  });

  it('leaves nothing behind when tryAcquire finds no free connection', async () => {
    const fake = await startFakeUpstream({ backends: ['a'] });

    expect(fake.upstream.tryAcquire(request)).toBeUndefined();

    expect(fake.upstream.stats()).toMatchObject({ active: 0, queued: 0, requests: 0 });
    expect(fake.transport.dials).toEqual([]);
    await fake.upstream.close();
  });

  it.each(['cold pools', 'pools of which some are warm'])(
    'shares a rotation out evenly over %s',
    async (temperature) => {
      const fake = await startFakeUpstream();
      if (temperature !== 'cold pools') {
        finish(await lend(fake));
        await untilCool();
      }
      const before = fake.upstream.backends().map(({ requests }) => requests);

      for (let i = 0; i < 1000; i += 1) {
        const lease = await lend(fake);
        finish(lease);
        if (i % 7 === 0) await untilCool();
      }

      const counts = fake.upstream.backends().map(({ requests }, i) => requests - (before[i] ?? 0));
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      await fake.upstream.close();
    },
  );

  it('shares a rotation out evenly while many requests wait at once', async () => {
    const fake = await startFakeUpstream({ pool: { max: 2 } });

    await Promise.all(
      Array.from({ length: 1000 }, async () => {
        const lease = await lend(fake);
        await untilCool();
        finish(lease);
      }),
    );

    const counts = fake.upstream.backends().map(({ requests }) => requests);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    await fake.upstream.close();
  });

  it('counts callers that wait, so that least-connections sends the next one elsewhere', async () => {
    const fake = await startFakeUpstream({
      backends: ['a', 'b'],
      pool: { max: 1 },
      createStrategy: () => leastConnections.create({}, pluginContext()),
    });

    const leases = [await lend(fake), await lend(fake)];
    const waiting = [lend(fake), lend(fake)];

    expect(fake.upstream.backends().map(({ active, queued }) => ({ active, queued }))).toEqual([
      { active: 1, queued: 1 },
      { active: 1, queued: 1 },
    ]);
    for (const lease of leases) finish(lease);
    for (const lease of await Promise.all(waiting)) finish(lease);
    await fake.upstream.close();
  });

  it('hands what is known of the request to the strategy', async () => {
    const fake = await startFakeUpstream({ createStrategy: () => ipHash.create({}, pluginContext()) });
    const client = { ...request, clientAddress: '10.0.0.1' };

    const first = await fake.upstream.acquire(client);
    const second = await fake.upstream.acquire(client);

    expect(second.backend).toBe(first.backend);
    finish(first);
    finish(second);
    await fake.upstream.close();
  });

  it('uses a lower priority only when none of a higher one may be used', async () => {
    const fake = await startFakeUpstream({ backends: ['a', backend('spare', { priority: 1 })] });
    const first = await lend(fake);
    fake.upstream.setState('a', 'drain');
    const second = await lend(fake);

    expect([first.backend.id, second.backend.id]).toEqual(['a', 'spare']);
    finish(first);
    finish(second);
    await fake.upstream.close();
  });
});

describe('Upstream, when backends cannot be connected to', () => {
  it('fails over to one that was not tried, and sends nothing more to the one that refused', async () => {
    const fake = await startFakeUpstream({ backends: ['a', 'b'] });
    fake.transport.fates.set('a', 'refused');

    const leases = [await lend(fake), await lend(fake), await lend(fake)];

    expect(leases.map((lease) => lease.backend.id)).toEqual(['b', 'b', 'b']);
    expect(fake.transport.dials.filter((id) => id === 'a')).toEqual(['a']);
    expect(statusOf(fake, 'a')).toMatchObject({ state: 'connect-failed', usable: false, failures: 1, requests: 0 });
    for (const lease of leases) finish(lease);
    await fake.upstream.close();
  });

  it('throws ERR_UPSTREAM_CONNECT_FAILED with the last failure when all were tried, then ERR_UPSTREAM_UNAVAILABLE at once', async () => {
    const fake = await startFakeUpstream({ backends: ['a', 'b'] });
    fake.transport.fates.set('a', 'refused').set('b', 'refused');

    await expect(fake.upstream.acquire(request)).rejects.toMatchObject({
      code: 'ERR_UPSTREAM_CONNECT_FAILED',
      cause: { message: 'b refused' },
    });
    await expect(fake.upstream.acquire(request)).rejects.toMatchObject({ code: 'ERR_UPSTREAM_UNAVAILABLE' });

    expect(fake.transport.dials).toEqual(['a', 'b']);
    expect(fake.upstream.stats()).toMatchObject({ active: 0, queued: 0, usable: 0, failures: 2 });
    await fake.upstream.close();
  });

  it('keeps no connection and no place where the strategy throws', async () => {
    let fault = '';
    const faulty: Strategy = {
      update: (candidates) => void ([candidate] = candidates),
      pick: () => {
        if (fault === 'pick') throw new Error('pick threw');
        return candidate;
      },
      report: () => {
        if (fault === 'report') throw new Error('report threw');
      },
    };
    let candidate: Candidate | undefined;
    const removed: string[] = [];
    const fake = await startFakeUpstream({
      backends: ['a'],
      createStrategy: () => faulty,
      maxTotal: 1,
      observer: { backendRemoved: ({ backend: { id } }) => void removed.push(id) },
    });
    for (let exchange = 1; exchange <= 3; exchange++) {
      const lease = await lend(fake);
      fault = 'report';
      expect(() => finish(lease)).toThrow('report threw');
      fault = 'pick';
      expect(() => fake.upstream.tryAcquire(request)).toThrow('pick threw');
      await expect(fake.upstream.acquire(request)).rejects.toThrow('pick threw');
      fault = '';
      await untilCool();
    }
    expect(statusOf(fake, 'a')).toMatchObject({ active: 0, requests: 3 });
    expect(fake.transport.dials).toEqual(['a']);
    // Nor does a backend stay for ever that was removed, and whose last exchange was cut off.
    const last = await lend(fake);
    const removal = fake.upstream.remove('a', { timeoutMs: 100 });
    await fake.clock.advance(100);
    await removal;
    fault = 'report';
    expect(() => finish(last)).toThrow('report threw');
    expect(removed).toEqual(['a']);
    await fake.upstream.close();
  });

  it('tells the strategy which backends were tried', async () => {
    const candidates = new Set<Candidate>();
    const tried: string[][] = [];
    const fake = await startFakeUpstream({
      backends: ['a', 'b'],
      createStrategy: () => {
        let usable: readonly Candidate[] = [];
        return {
          update: (list) => {
            usable = list;
            for (const candidate of list) candidates.add(candidate);
          },
          pick: (context) => {
            tried.push([...candidates].filter((one) => context.tried(one)).map(({ id }) => id));
            return usable[0];
          },
        };
      },
    });
    fake.transport.fates.set('a', 'refused');

    finish(await fake.upstream.acquire(request));

    expect(tried).toEqual([[], ['a']]);
    await fake.upstream.close();
  });

  it('tries as many more backends as retryAttempts says', async () => {
    const fake = await startFakeUpstream({ retryAttempts: 1 });
    for (const id of ['a', 'b', 'c']) fake.transport.fates.set(id, 'refused');

    await expect(fake.upstream.acquire(request)).rejects.toMatchObject({ code: 'ERR_UPSTREAM_CONNECT_FAILED' });

    expect(fake.transport.dials).toEqual(['a', 'b']);
    await fake.upstream.close();
  });

  it('uses a backend again after its back-off', async () => {
    const fake = await startFakeUpstream({ backends: ['a'] });
    fake.transport.fates.set('a', 'refused');
    await expect(fake.upstream.acquire(request)).rejects.toMatchObject({ code: 'ERR_UPSTREAM_CONNECT_FAILED' });
    fake.transport.fates.delete('a');

    await fake.clock.advance(1000);

    finish(await lend(fake));
    expect(statusOf(fake, 'a')).toMatchObject({ state: 'up', usable: true });
    await fake.upstream.close();
  });

  it('closes the idle connections of a backend that refuses', async () => {
    const fake = await startFakeUpstream({ backends: ['a'] });
    const first = await lend(fake);
    fake.transport.fates.set('a', 'ignored');
    const waiting = lend(fake);
    finish(first);
    finish(await waiting);
    await untilCool();
    expect(fake.transport.open).toHaveLength(1);

    await fake.clock.advance(10_000);

    expect(statusOf(fake, 'a').state).toBe('connect-failed');
    expect(fake.transport.open).toEqual([]);
    await fake.upstream.close();
  });

  it('goes on elsewhere when a dial gets no answer within connectTimeoutMs', async () => {
    const fake = await startFakeUpstream({ backends: ['a', 'b'], connectTimeoutMs: 300 });
    fake.transport.fates.set('a', 'ignored');

    const acquiring = lend(fake);
    await fake.clock.advance(300);
    const lease = await acquiring;

    expect(lease.backend.id).toBe('b');
    expect(statusOf(fake, 'a')).toMatchObject({ state: 'connect-failed', failures: 1 });
    finish(lease);
    await fake.upstream.close();
  });

  it('throws ERR_UPSTREAM_CONNECT_TIMEOUT when the last dial got no answer', async () => {
    const fake = await startFakeUpstream({ backends: ['a'], connectTimeoutMs: 300 });
    fake.transport.fates.set('a', 'ignored');

    const acquiring = expect(fake.upstream.acquire(request)).rejects.toMatchObject({
      code: 'ERR_UPSTREAM_CONNECT_TIMEOUT',
      cause: { code: 'ERR_POOL_CREATE_TIMEOUT' },
    });
    await fake.clock.advance(300);

    await acquiring;
    await fake.upstream.close();
  });

  it('waits for dials no longer than connectBudgetMs in all', async () => {
    const fake = await startFakeUpstream({ connectTimeoutMs: 300, connectBudgetMs: 400 });
    for (const id of ['a', 'b', 'c']) fake.transport.fates.set(id, 'ignored');
    let error: unknown;
    void fake.upstream.acquire(request).catch((reason: unknown) => (error = reason));

    await fake.clock.advance(399);
    expect(error).toBeUndefined();
    await fake.clock.advance(1);

    expect(error).toMatchObject({ code: 'ERR_UPSTREAM_CONNECT_TIMEOUT' });
    expect(fake.transport.dials).toEqual(['a', 'b']);
    await fake.upstream.close({ timeoutMs: 0 });
  });

  it('throws ERR_UPSTREAM_UNAVAILABLE where there are no backends, or it is closed', async () => {
    const fake = await startFakeUpstream({ backends: [] });
    await expect(fake.upstream.acquire(request)).rejects.toMatchObject({ code: 'ERR_UPSTREAM_UNAVAILABLE' });

    await fake.upstream.add(backend('a'));
    await fake.upstream.close();

    expect(fake.upstream.tryAcquire(request)).toBeUndefined();
    await expect(fake.upstream.acquire(request)).rejects.toMatchObject({ code: 'ERR_UPSTREAM_UNAVAILABLE' });
  });
});

describe('Upstream, when all connections are busy', () => {
  it('serves who waits as soon as a connection has cooled down', async () => {
    const fake = await startFakeUpstream({ backends: ['a'], pool: { max: 1 } });
    const first = await lend(fake);
    const waiting = lend(fake);
    expect(fake.upstream.stats()).toMatchObject({ active: 1, queued: 1 });

    finish(first);
    const second = await waiting;

    expect(second).toMatchObject({ reused: true, connection: first.connection });
    expect(fake.upstream.stats()).toMatchObject({ active: 1, queued: 0, requests: 2 });
    finish(second);
    await fake.upstream.close();
  });

  it('passes on that the queue is full, and that the wait was too long', async () => {
    const fake = await startFakeUpstream({ backends: ['a'], pool: { max: 1, maxWaiting: 1, acquireTimeoutMs: 200 } });
    const first = await lend(fake);

    const tooLong = expect(fake.upstream.acquire(request)).rejects.toMatchObject({ code: 'ERR_POOL_ACQUIRE_TIMEOUT' });
    await expect(fake.upstream.acquire(request)).rejects.toMatchObject({ code: 'ERR_POOL_QUEUE_FULL' });
    await fake.clock.advance(200);
    await tooLong;

    expect(statusOf(fake, 'a')).toMatchObject({ active: 1, queued: 0, usable: true, failures: 0 });
    finish(first);
    await fake.upstream.close();
  });

  it('passes over a backend whose queue is full as long as another one has room', async () => {
    const fake = await startFakeUpstream({
      pool: { max: 1, maxWaiting: 0 },
      retryAttempts: 0,
      createStrategy: () => ipHash.create({}, pluginContext()),
    });
    const client = { ...request, clientAddress: '192.0.2.1' };

    const leases = [];
    for (let i = 0; i < 3; i += 1) leases.push(await fake.upstream.acquire(client));
    await expect(fake.upstream.acquire(client)).rejects.toMatchObject({ code: 'ERR_POOL_QUEUE_FULL' });

    expect(leases.map((lease) => lease.backend.id).toSorted()).toEqual(['a', 'b', 'c']);
    expect(fake.upstream.stats()).toMatchObject({ active: 3, queued: 0, failures: 0, usable: 3 });
    for (const lease of leases) finish(lease);
    await fake.upstream.close();
  });

  it('says that the queue is full where the only other backend cannot be reached', async () => {
    const fake = await startFakeUpstream({ backends: ['a', 'b'], pool: { max: 1, maxWaiting: 0 } });
    const first = await lend(fake);
    fake.transport.fates.set('b', 'refused');

    await expect(lend(fake)).rejects.toMatchObject({ code: 'ERR_POOL_QUEUE_FULL' });

    finish(first);
    await fake.upstream.close();
  });

  it('forgets a caller whose signal aborts while it waits; the connection goes to the next one', async () => {
    const fake = await startFakeUpstream({ backends: ['a'], pool: { max: 1 } });
    const first = await lend(fake);
    const abort = new AbortController();
    const given = fake.upstream.acquire(request, { signal: abort.signal });
    const next = fake.upstream.acquire(request);

    abort.abort('gone');
    await expect(given).rejects.toMatchObject({ code: 'ERR_UPSTREAM_ABORTED', cause: 'gone' });
    expect(fake.upstream.stats()).toMatchObject({ active: 1, queued: 1 });
    finish(first);
    finish(await next);
    await untilCool();

    expect(fake.upstream.stats()).toMatchObject({ active: 0, queued: 0, requests: 2, failures: 0 });
    await fake.upstream.close();
  });

  it('gives back what was served to a caller at the moment it went', async () => {
    const abort = new AbortController();
    const fake = await startFakeUpstream({ backends: ['a'], observer: { waitEnded: () => abort.abort() } });

    await expect(fake.upstream.acquire(request, { signal: abort.signal })).rejects.toMatchObject({
      code: 'ERR_UPSTREAM_ABORTED',
    });

    expect(fake.upstream.backends()).toMatchObject([{ active: 0, queued: 0, pool: { active: 0, idle: 1 } }]);
    await fake.upstream.close();
  });

  it("leaves no listener on a caller's signal", async () => {
    const fake = await startFakeUpstream({ backends: ['a'] });
    const { signal } = new AbortController();

    finish(await fake.upstream.acquire(request, { signal }));

    expect(getEventListeners(signal, 'abort')).toEqual([]);
    await fake.upstream.close();
  });

  it('keeps a dial whose caller has gone for others', async () => {
    const fake = await startFakeUpstream({ backends: ['a'] });
    const abort = new AbortController();
    const given = expect(fake.upstream.acquire(request, { signal: abort.signal })).rejects.toMatchObject({
      code: 'ERR_UPSTREAM_ABORTED',
    });
    abort.abort();
    await given;
    await untilCool();

    const lease = fake.upstream.tryAcquire(request);

    expect(lease).toMatchObject({ reused: false });
    lease?.release('completed', 0, 0);
    await fake.upstream.close();
  });

  it('refuses a caller whose signal was aborted before', async () => {
    const fake = await startFakeUpstream({ backends: ['a'] });
    const aborting = fake.upstream.acquire(request, { signal: AbortSignal.abort() });

    await expect(aborting).rejects.toMatchObject({ code: 'ERR_UPSTREAM_ABORTED' });

    expect(fake.transport.dials).toEqual([]);
    await fake.upstream.close();
  });

  it.each(['drain', 'maintenance'] as const)(
    'moves who waits elsewhere when its backend goes into %s',
    async (state) => {
      const fake = await startFakeUpstream({ backends: ['a', 'b'], pool: { max: 1 } });
      const leases = [await lend(fake), await lend(fake)];
      const waiting = lend(fake);
      expect(statusOf(fake, 'a').queued).toBe(1);

      fake.upstream.setState('a', state);
      await untilCool();
      expect([statusOf(fake, 'a').queued, statusOf(fake, 'b').queued]).toEqual([0, 1]);
      for (const lease of leases) finish(lease);

      const moved = await waiting;
      expect(moved.backend.id).toBe('b');
      finish(moved);
      await fake.upstream.close();
    },
  );

  it('moves who waits elsewhere when its backend turns out to be dead', async () => {
    const fake = await startFakeUpstream({ backends: ['a', 'b'], pool: { max: 1 } });
    const [first, second] = [await lend(fake), await lend(fake)];
    const waiting = [lend(fake), lend(fake)];
    expect([statusOf(fake, 'a').queued, statusOf(fake, 'b').queued]).toEqual([1, 1]);
    fake.transport.fates.set('a', 'refused');

    first.release('reset', 0, 0);
    await untilCool();
    expect([statusOf(fake, 'a').queued, statusOf(fake, 'b').queued]).toEqual([0, 2]);
    finish(second);
    await Promise.all(
      waiting.map(async (given) => {
        const lease = await given;
        expect(lease.backend.id).toBe('b');
        finish(lease);
      }),
    );
    await fake.upstream.close();
  });
});

describe('Upstream, with a breaker', () => {
  it('stops sending to a backend that fails, then lets one exchange at a time try', async () => {
    const fake = await startFakeUpstream({
      backends: ['a'],
      breaker: { minimumRequests: 2, errorThreshold: 50, resetTimeoutMs: 1000 },
    });
    for (let i = 0; i < 2; i += 1) {
      const lease = await lend(fake);
      lease.answered(500);
      lease.release('completed', 0, 0);
    }
    expect(statusOf(fake, 'a')).toMatchObject({ state: 'breaker-open', usable: false });
    await expect(fake.upstream.acquire(request)).rejects.toMatchObject({ code: 'ERR_UPSTREAM_UNAVAILABLE' });

    await fake.clock.advance(1000);
    await untilCool();
    const trial = await lend(fake);
    expect(fake.upstream.tryAcquire(request)).toBeUndefined();
    await expect(fake.upstream.acquire(request)).rejects.toMatchObject({ code: 'ERR_UPSTREAM_UNAVAILABLE' });
    finish(trial);

    expect(statusOf(fake, 'a')).toMatchObject({ state: 'up', usable: true });
    await fake.upstream.close();
  });

  it('gives the trial back when the exchange does not start', async () => {
    const fake = await startFakeUpstream({
      backends: ['a'],
      pool: { max: 1 },
      breaker: { minimumRequests: 1, errorThreshold: 50, resetTimeoutMs: 1000 },
    });
    const failed = await lend(fake);
    failed.answered(500);
    await fake.clock.advance(1000);
    expect(statusOf(fake, 'a').usable).toBe(true);

    expect(fake.upstream.tryAcquire(request)).toBeUndefined();
    expect(statusOf(fake, 'a').usable).toBe(true);

    const abort = new AbortController();
    const trial = fake.upstream.acquire(request, { signal: abort.signal });
    expect(statusOf(fake, 'a').usable).toBe(false);
    abort.abort();
    await expect(trial).rejects.toMatchObject({ code: 'ERR_UPSTREAM_ABORTED' });

    expect(statusOf(fake, 'a').usable).toBe(true);
    failed.release('completed', 0, 0);
    await fake.upstream.close();
  });
});
