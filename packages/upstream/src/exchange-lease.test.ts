import { describe, expect, it } from 'vitest';

import type { CloseReason, Lease, Outcome } from '@millpond/contracts';

import type { FakeConnection } from '../test/fake-transport.ts';
import { request, startFakeUpstream, type FakeUpstream } from '../test/fixtures.ts';
import { untilCool } from '../test/rounds.ts';

interface Recorded extends FakeUpstream {
  readonly outcomes: (Outcome & { readonly reused: boolean })[];
  readonly closed: CloseReason[];
}

async function startRecorded(): Promise<Recorded> {
  const outcomes: Recorded['outcomes'] = [];
  const closed: CloseReason[] = [];
  const fake = await startFakeUpstream({
    backends: ['a'],
    breaker: { minimumRequests: 1, errorThreshold: 0 },
    observer: {
      exchangeEnded: (_ref, outcome, reused) => void outcomes.push({ ...outcome, reused }),
      connectionClosed: (_ref, reason) => void closed.push(reason),
    },
  });
  return { ...fake, outcomes, closed };
}

/** A lease of a connection that was used before. */
async function lendReused({ upstream }: FakeUpstream): Promise<Lease<FakeConnection>> {
  const first = await upstream.acquire(request);
  first.release('completed', 0, 0);
  await untilCool();
  const lease = upstream.tryAcquire(request);
  if (lease === undefined) throw new Error('there is no idle connection');
  return lease;
}

describe('ExchangeLease', () => {
  it('tells how the exchange ended', async () => {
    const fake = await startRecorded();
    const lease = await fake.upstream.acquire(request);

    await fake.clock.advance(12);
    lease.answered(404);
    await fake.clock.advance(5);
    lease.release('completed', 100, 2000);

    expect(fake.outcomes).toEqual([
      { result: 'completed', status: 404, latencyMs: 12, bytesSent: 100, bytesReceived: 2000, reused: false },
    ]);
    expect(fake.upstream.backends()).toMatchObject([{ latencyMs: 12, requests: 1, failures: 0, active: 0 }]);
    await fake.upstream.close();
  });

  it('takes the time of the dial for the latency where there is no status', async () => {
    const fake = await startRecorded();
    const connect = fake.transport.connect.bind(fake.transport);
    fake.transport.connect = async (...dial) => {
      await fake.clock.advance(30);
      return connect(...dial);
    };

    const lease = await fake.upstream.acquire(request);
    lease.answered(0);
    lease.release('completed', 1, 1);

    expect(fake.outcomes).toMatchObject([{ status: 0, latencyMs: 30 }]);
    await fake.upstream.close();
  });

  it('counts once, however often it is released or answered', async () => {
    const fake = await startRecorded();
    const lease = await fake.upstream.acquire(request);

    lease.answered(200);
    lease.answered(500);
    lease.release('completed', 1, 1);
    lease.release('reset', 1, 1);
    lease.answered(500);
    await untilCool();

    expect(fake.outcomes).toMatchObject([{ result: 'completed', status: 200 }]);
    expect(fake.upstream.backends()).toMatchObject([{ active: 0, failures: 0, usable: true, pool: { idle: 1 } }]);
    await fake.upstream.close();
  });

  it.each(['reset', 'timeout', 'bad-response'] as const)(
    'closes the connection after %s, and counts a failure',
    async (result) => {
      const fake = await startRecorded();
      const lease = await fake.upstream.acquire(request);

      lease.release(result, 1, 0);
      await untilCool();

      expect(fake.outcomes).toMatchObject([{ result, status: 0, latencyMs: -1 }]);
      expect(fake.transport.open).toEqual([]);
      expect(fake.closed).toEqual(['error']);
      expect(fake.upstream.backends()).toMatchObject([{ failures: 1, state: 'breaker-open', active: 0 }]);
      await fake.upstream.close();
    },
  );

  it.each(['aborted', 'stale'] as const)('closes the connection after %s, which is no failure', async (result) => {
    const fake = await startRecorded();
    const lease = await fake.upstream.acquire(request);

    lease.release(result, 1, 0);

    expect(fake.transport.open).toEqual([]);
    expect(fake.upstream.backends()).toMatchObject([{ failures: 0, state: 'up', usable: true }]);
    await fake.upstream.close();
  });

  it('closes a connection that is not reusable after a whole exchange, as one that was used up', async () => {
    const fake = await startRecorded();
    const lease = await fake.upstream.acquire(request);
    lease.connection.isReusable = false;

    lease.release('completed', 1, 1);

    expect(fake.transport.open).toEqual([]);
    expect(fake.closed).toEqual(['maxUses']);
    await fake.upstream.close();
  });

  it('does not lend a connection again that becomes suspect while it cools', async () => {
    const fake = await startRecorded();
    const lease = await fake.upstream.acquire(request);

    lease.release('completed', 1, 1);
    lease.connection.isReusable = false;
    await untilCool();

    expect(fake.transport.open).toEqual([]);
    expect(fake.upstream.tryAcquire(request)).toBeUndefined();
    await fake.upstream.close();
  });

  it('forgets an idle connection that dies', async () => {
    const fake = await startRecorded();
    const lease = await fake.upstream.acquire(request);
    lease.release('completed', 1, 1);
    await untilCool();

    lease.connection.die();

    expect(fake.closed).toEqual(['died']);
    expect(fake.upstream.backends()).toMatchObject([{ usable: true, pool: { size: 0 } }]);
    await fake.upstream.close();
  });
});

describe('ExchangeLease.redial', () => {
  it('goes on with the same exchange on a new connection to the same backend', async () => {
    const fake = await startRecorded();
    const stale = await lendReused(fake);

    const fresh = await stale.redial(new AbortController().signal);
    stale.release('stale', 0, 0);
    expect(fresh).toMatchObject({ reused: false, backend: stale.backend });
    expect(fresh.connection).not.toBe(stale.connection);
    expect(stale.connection.isClosed).toBe(true);
    expect(fake.upstream.stats()).toMatchObject({ active: 1, requests: 2 });
    fresh.answered(200);
    fresh.release('completed', 1, 1);

    expect(fake.outcomes).toMatchObject([{ result: 'completed' }, { result: 'completed', status: 200, reused: false }]);
    expect(fake.upstream.backends()).toMatchObject([{ active: 0, failures: 0, redials: 1, state: 'up' }]);
    await fake.upstream.close();
  });

  it('has released the lease as connect-failed when the backend refuses', async () => {
    const fake = await startRecorded();
    const stale = await lendReused(fake);
    fake.transport.fates.set('a', 'refused');

    await expect(stale.redial(new AbortController().signal)).rejects.toMatchObject({
      code: 'ERR_UPSTREAM_CONNECT_FAILED',
      cause: { message: 'a refused' },
    });

    expect(fake.outcomes.at(-1)).toMatchObject({ result: 'connect-failed' });
    expect(fake.upstream.backends()).toMatchObject([
      { active: 0, failures: 1, state: 'connect-failed', pool: { size: 0 } },
    ]);
    await fake.upstream.close();
  });

  it('has released the lease as aborted when its signal aborts, which is no failure', async () => {
    const fake = await startRecorded();
    const stale = await lendReused(fake);
    fake.transport.fates.set('a', 'ignored');
    const abort = new AbortController();

    const redialling = stale.redial(abort.signal);
    abort.abort();
    await expect(redialling).rejects.toMatchObject({ code: 'ERR_UPSTREAM_ABORTED' });

    expect(fake.outcomes.at(-1)).toMatchObject({ result: 'aborted' });
    expect(fake.upstream.backends()).toMatchObject([{ active: 0, failures: 0, state: 'up', pool: { size: 0 } }]);
    await fake.upstream.close();
  });

  it('is refused on a lease that has ended', async () => {
    const fake = await startRecorded();
    const lease = await lendReused(fake);
    lease.release('completed', 0, 0);

    await expect(lease.redial(new AbortController().signal)).rejects.toMatchObject({
      code: 'ERR_UPSTREAM_LEASE_ENDED',
    });

    expect(fake.transport.dials).toEqual(['a']);
    await fake.upstream.close();
  });
});
