import type { ConnectOptions } from '@millpond/contracts';
import { Pool } from '@millpond/pool';
import { ManualClock } from '@millpond/testkit';
import { describe, expect, it, vi } from 'vitest';
import { FakeConnection } from '../test/fake-transport.ts';
import { backend } from '../test/fixtures.ts';
import { Dialler, type ConnectSettings } from './dialler.ts';

/** A pool whose dials wait until the test ends them. */
function setUp(how: ConnectSettings = {}) {
  const dials: { readonly asked: ConnectOptions; readonly succeed: () => void }[] = [];
  const clock = new ManualClock();
  const [onConnected, onFailed] = [vi.fn<() => void>(), vi.fn<(error: unknown) => void>()];
  const to = backend('a');
  const connect = (_backend: object, asked: ConnectOptions) =>
    new Promise<FakeConnection>((resolve) => {
      dials.push({ asked, succeed: () => resolve(new FakeConnection(to)) });
    });
  const dialler = new Dialler({ backend: to, transport: { connect }, how, clock, onConnected, onFailed });
  const pool = new Pool(dialler, { createTimeoutMs: 100 }, { clock });
  return { pool, clock, dials, onConnected, onFailed };
}

describe('A dial', () => {
  it('asks the transport for all that is asked of every connection', async () => {
    const ping = { send: 'PING', expect: 'PONG' };
    const how = { tls: { servername: 'a' }, keepAliveMs: 5, serverSpeaksFirst: true, ping };
    const { pool, dials } = setUp(how);
    const acquiring = pool.acquire();
    expect(dials[0]?.asked).toMatchObject(how);
    dials[0]?.succeed();
    (await acquiring).release();
  });

  it('is called off by a signal, and by a promise', async () => {
    const { pool, clock, dials } = setUp();
    const acquiring = expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CREATE_FAILED' });
    const { asked } = dials[0] ?? {};
    expect(asked?.signal.aborted).toBe(false);
    const calledOff = expect(asked?.calledOff).rejects.toMatchObject({ code: 'ERR_POOL_CREATE_TIMEOUT' });
    await clock.advance(100);
    expect(asked?.signal.reason).toMatchObject({ code: 'ERR_POOL_CREATE_TIMEOUT' });
    await Promise.all([acquiring, calledOff]);
  });

  it('says nothing good of a backend that was too late', async () => {
    const { pool, clock, dials, onConnected } = setUp();
    const acquiring = expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CREATE_FAILED' });
    await clock.advance(100);
    dials[0]?.succeed();
    await clock.advance(0);
    await acquiring;
    expect(onConnected).not.toHaveBeenCalled();
  });
});
