import type { BackendRef, BackendStateChange } from '@millpond/contracts';
import { ManualClock } from '@millpond/testkit';
import { describe, expect, it } from 'vitest';
import { BackendHealth, type BackendHealthOptions } from './backend-health.ts';

const ref: BackendRef = {
  upstream: 'web',
  backend: {
    id: 'a',
    url: 'http://127.0.0.1:9001',
    address: { host: '127.0.0.1', port: 9001 },
    weight: 1,
    priority: 0,
  },
};
const refused = new Error('connect ECONNREFUSED 127.0.0.1:9001');

function setUp(options: Partial<BackendHealthOptions> = {}) {
  const clock = new ManualClock();
  const observed: BackendStateChange[] = [];
  const usable: boolean[] = [];
  const health: BackendHealth = new BackendHealth(
    ref,
    { probed: false, breaker: {}, ...options },
    {
      clock,
      random: () => 0,
      observer: {
        backendStateChanged: (changed, change) => {
          expect(changed).toBe(ref);
          observed.push(change);
        },
      },
      onChange: () => usable.push(health.usable),
    },
  );
  return { clock, health, observed, usable };
}

function exchange(health: BackendHealth, status: number): void {
  expect(health.admit()).toBe(true);
  health.answered(status, health.epoch);
  health.ended('completed', status, health.epoch);
}

/** Fails as many exchanges as it takes. */
function openBreaker(health: BackendHealth): void {
  for (let i = 0; i < 20; i += 1) exchange(health, 503);
  expect(health.state).toBe('breaker-open');
}

describe('the operator', () => {
  it('takes a backend out and back in, and goes before what the probe says', () => {
    const { health, observed, usable } = setUp({ probed: true });
    health.setOperatorState('drain');
    health.probeEnded(false, refused);
    expect(health.state).toBe('drain');
    health.setOperatorState('maintenance');
    health.setOperatorState('ready');
    expect(health.state).toBe('down');
    health.probeEnded(true);

    expect(observed.map(({ previous, state }) => `${previous} > ${state}`)).toEqual([
      'up > drain',
      'drain > maintenance',
      'maintenance > down',
      'down > up',
    ]);
    expect(usable).toEqual([false, true]);
  });
});

describe('the probe', () => {
  it('decides, and its error is the reason', () => {
    const { health, observed } = setUp({ probed: true });
    health.probeEnded(false, refused);
    health.probeEnded(false, refused);
    expect(health.usable).toBe(false);
    expect(observed).toEqual([
      { state: 'down', usable: false, previous: 'up', reason: `its probe failed: ${refused.message}` },
    ]);
  });

  it('ends a connect failure with its next success, and nothing else does', async () => {
    const { health, clock } = setUp({ probed: true });
    health.connectFailed(refused);
    expect(health.state).toBe('connect-failed');
    health.connected();
    await clock.advance(120_000);
    expect(health.usable).toBe(false);

    health.probeEnded(true);
    expect(health.state).toBe('up');
    expect(health.usable).toBe(true);
  });
});

describe('a connect failure without a probe', () => {
  it('ends after 1 s, the next one after 2 s, and so on up to 30 s', async () => {
    const { health, clock } = setUp({ breaker: false });
    for (const delayMs of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
      health.connectFailed(refused);
      await clock.advance(delayMs - 1);
      expect(health.state).toBe('connect-failed');
      await clock.advance(1);
      expect(health.state).toBe('up');
    }
  });

  it('is one failure, however many dials fail at the same time', async () => {
    const { health, clock, observed } = setUp();
    for (let i = 0; i < 10; i += 1) health.connectFailed(refused);
    await clock.advance(1000);
    expect(health.usable).toBe(true);
    expect(observed).toHaveLength(2);
  });

  it('ends when a connection is made, and then starts at 1 s again', async () => {
    const { health, clock } = setUp();
    health.connectFailed(refused);
    await clock.advance(1000);
    health.connectFailed(refused);
    health.connected();
    expect(health.usable).toBe(true);

    health.connectFailed(refused);
    await clock.advance(1000);
    expect(health.usable).toBe(true);
  });
});

describe('the breaker', () => {
  it('opens on answers from 500 on, lets one trial through, and closes when that succeeds', async () => {
    const { health, clock, observed, usable } = setUp();
    openBreaker(health);
    await clock.advance(10_000);
    exchange(health, 200);
    expect(health.state).toBe('up');
    expect(observed).toEqual([
      {
        state: 'breaker-open',
        usable: false,
        previous: 'up',
        reason: 'breaker open: 20 of 20 exchanges failed within 10 s, the last: status 503',
      },
      {
        state: 'breaker-open',
        usable: true,
        previous: 'breaker-open',
        reason: 'breaker half-open: one exchange may try',
      },
      { state: 'up', usable: true, previous: 'breaker-open', reason: 'breaker closed: its trial succeeded' },
    ]);
    expect(usable).toEqual([false, true, false, true]);
  });

  it('keeps the backend out of use while its trial is under way', async () => {
    const { health, clock } = setUp();
    openBreaker(health);
    await clock.advance(10_000);
    expect(health.usable).toBe(true);
    health.admit();
    expect(health.usable).toBe(false);
    health.cancel(health.epoch);
    expect(health.usable).toBe(true);
  });

  it.each(['timeout', 'reset', 'bad-response'] as const)('takes a %s before an answer for a failure', (result) => {
    const { health } = setUp();
    for (let i = 0; i < 20; i += 1) health.ended(result, -1, health.epoch);
    expect(health.state).toBe('breaker-open');
  });

  it.each(['aborted', 'stale', 'connect-failed', 'completed'] as const)(
    'learns nothing from %s without an answer',
    async (result) => {
      const { health, clock } = setUp();
      for (let i = 0; i < 50; i += 1) health.ended(result, -1, health.epoch);
      expect(health.state).toBe('up');

      openBreaker(health);
      await clock.advance(10_000);
      health.admit();
      health.ended(result, -1, health.epoch);
      expect(health.state).toBe('breaker-open');
      expect(health.admit()).toBe(true);
    },
  );

  it.each(['reset', 'timeout', 'bad-response', 'aborted'] as const)('does not mind a %s after the answer', (result) => {
    const { health } = setUp();
    for (let i = 0; i < 50; i += 1) {
      const status = i % 2 === 0 ? 200 : 0;
      health.answered(status, health.epoch);
      health.ended(result, status, health.epoch);
    }
    expect(health.state).toBe('up');
  });

  it('does not close when an answer comes that was asked for before it opened', async () => {
    const { health, clock } = setUp();
    health.admit();
    const { epoch } = health;
    openBreaker(health);
    await clock.advance(10_000);
    health.admit();
    health.answered(200, epoch);
    expect(health.state).toBe('breaker-open');
  });

  it('counts failed dials, and fails its trial by one', async () => {
    const { health, clock } = setUp({ probed: true });
    for (let i = 0; i < 20; i += 1) health.connectFailed(refused);
    health.probeEnded(true);
    expect(health.state).toBe('breaker-open');

    await clock.advance(10_000);
    expect(health.admit()).toBe(true);
    health.connectFailed(refused);
    health.ended('connect-failed', -1, health.epoch);
    health.probeEnded(true);
    expect(health.admit()).toBe(false);
  });

  it('can be left out', () => {
    const { health } = setUp({ breaker: false });
    for (let i = 0; i < 50; i += 1) exchange(health, 500);
    health.ended('reset', -1);
    expect(health.usable).toBe(true);
  });
});

it('ends its timers when it is disposed of, and tells nothing afterwards', async () => {
  const { health, clock, observed, usable } = setUp();
  openBreaker(health);
  health.connectFailed(refused);
  health.dispose();
  expect(clock.pending).toBe(0);

  const before = [observed.length, usable.length];
  health.connectFailed(refused);
  health.probeEnded(true);
  health.answered(200);
  health.ended('reset', -1);
  health.setOperatorState('drain');
  await clock.advance(60_000);
  expect(clock.pending).toBe(0);
  expect([observed.length, usable.length]).toEqual(before);
});

it('refuses options that are not valid', () => {
  expect(() => new BackendHealth(ref, { probed: false, breaker: { errorThreshold: 101 } })).toThrow(
    expect.objectContaining({ code: 'ERR_HEALTH_INVALID_OPTION' }),
  );
});
