import { describe, expect, it } from 'vitest';

import { backend, request, startFakeUpstream } from '../test/fixtures.ts';

describe('Upstream, with a limit for all of its backends together', () => {
  it('has others wait until an exchange has ended, on whatever backend, in the order in which they came', async () => {
    const { upstream } = await startFakeUpstream({ maxTotal: 2 });
    const first = await upstream.acquire(request);
    const second = await upstream.acquire(request);
    const served: string[] = [];
    const third = upstream.acquire(request).then((lease) => (served.push('third'), lease));
    const fourth = upstream.acquire(request).then((lease) => (served.push('fourth'), lease));

    expect(upstream.tryAcquire(request)).toBeUndefined();
    expect(upstream.stats()).toMatchObject({ active: 2, queued: 2 });
    second.release('aborted', 0, 0);
    (await third).release('completed', 0, 0);
    first.release('completed', 0, 0);
    (await fourth).release('completed', 0, 0);

    expect(served).toEqual(['third', 'fourth']);
    expect(upstream.stats()).toMatchObject({ active: 0, queued: 0 });
    await upstream.close();
  });

  it('has as many wait as wait for a connection, and as long', async () => {
    const { upstream, clock } = await startFakeUpstream({
      maxTotal: 1,
      pool: { maxWaiting: 1, acquireTimeoutMs: 1000 },
    });
    const only = await upstream.acquire(request);
    const waiting = expect(upstream.acquire(request)).rejects.toMatchObject({ code: 'ERR_POOL_ACQUIRE_TIMEOUT' });

    await expect(upstream.acquire(request)).rejects.toMatchObject({ code: 'ERR_POOL_QUEUE_FULL' });
    await clock.advance(1000);
    await waiting;
    only.release('completed', 0, 0);
    await upstream.close();
  });

  it('loses no place to whom it cannot serve: no backend, a failed dial, an abort', async () => {
    const { upstream, transport } = await startFakeUpstream({ backends: ['a'], maxTotal: 1, retryAttempts: 0 });
    transport.fates.set('a', 'refused');
    await expect(upstream.acquire(request)).rejects.toMatchObject({ code: 'ERR_UPSTREAM_CONNECT_FAILED' });
    await expect(upstream.acquire(request)).rejects.toMatchObject({ code: 'ERR_UPSTREAM_UNAVAILABLE' });
    expect(upstream.tryAcquire(request)).toBeUndefined();

    transport.fates.clear();
    await upstream.add(backend('b'));
    const lease = await upstream.acquire(request);
    const leaving = new AbortController();
    const { signal } = leaving;
    const aborted = expect(upstream.acquire(request, { signal })).rejects.toMatchObject({
      code: 'ERR_UPSTREAM_ABORTED',
    });
    leaving.abort();
    await aborted;
    lease.release('completed', 0, 0);
    (await upstream.acquire(request)).release('completed', 0, 0);
    await upstream.close();
  });

  it('lets nobody wait for a place when it closes', async () => {
    const { upstream } = await startFakeUpstream({ maxTotal: 1 });
    const lease = await upstream.acquire(request);
    const waiting = expect(upstream.acquire(request)).rejects.toMatchObject({ code: 'ERR_UPSTREAM_UNAVAILABLE' });
    const closed = upstream.close();
    lease.release('completed', 0, 0);
    await closed;
    await waiting;
  });

  it('refuses a limit that is none', async () => {
    await expect(startFakeUpstream({ maxTotal: -1 })).rejects.toMatchObject({ code: 'ERR_UPSTREAM_INVALID_OPTION' });
  });
});
