import { ManualClock } from '@millpond/testkit';
import { describe, expect, it, vi } from 'vitest';
import { breakerOptions, type BreakerOptions } from './breaker-options.ts';
import { BreakerRotation } from './breaker-rotation.ts';
import { Breaker } from './breaker.ts';

function setUp(options: BreakerOptions = {}) {
  const clock = new ManualClock();
  const changes: string[] = [];
  const breaker = new Breaker(breakerOptions.parse(options), {
    clock,
    rotation: new BreakerRotation(clock),
    onChange: (reason) => changes.push(reason),
  });
  return { clock, changes, breaker };
}

function repeat(times: number, action: () => void): void {
  for (let i = 0; i < times; i += 1) action();
}

/** A breaker that has just become half-open. */
async function setUpHalfOpen() {
  const context = setUp();
  const { breaker, clock } = context;
  const closedEpoch = breaker.epoch;
  repeat(20, () => breaker.failed('reset', breaker.epoch));
  await clock.advance(10_000);
  expect(breaker.state).toBe('half-open');
  return { ...context, closedEpoch };
}

describe('a closed breaker', () => {
  it('opens when more than the threshold failed, at once and with the reason', () => {
    const { breaker, changes } = setUp();
    repeat(10, () => breaker.succeeded(breaker.epoch));
    repeat(10, () => breaker.failed('status 503', breaker.epoch));
    expect(breaker.state).toBe('closed');

    breaker.failed('timeout', breaker.epoch);
    expect(breaker.state).toBe('open');
    expect(breaker.admit()).toBe(false);
    expect(changes).toEqual(['breaker open: 11 of 21 exchanges failed within 10 s, the last: timeout']);
  });

  it('stays closed below the minimum of requests, whatever fails', () => {
    const { breaker } = setUp({ minimumRequests: 5 });
    repeat(4, () => breaker.failed('reset', breaker.epoch));
    expect(breaker.state).toBe('closed');
    breaker.failed('reset', breaker.epoch);
    expect(breaker.state).toBe('open');
  });

  it('forgets failures that are older than 10 s', async () => {
    const { breaker, clock } = setUp({ minimumRequests: 5 });
    repeat(4, () => breaker.failed('reset', breaker.epoch));
    await clock.advance(10_000);
    breaker.failed('reset', breaker.epoch);
    expect(breaker.state).toBe('closed');
  });

  it('forgets successes that are older than 10 s, and counts them in the second they came', async () => {
    const { breaker, clock } = setUp({ minimumRequests: 1 });
    repeat(100, () => breaker.succeeded(breaker.epoch));
    await clock.advance(9999);
    breaker.failed('reset', breaker.epoch);
    expect(breaker.state).toBe('closed');

    await clock.advance(1);
    breaker.failed('reset', breaker.epoch);
    expect(breaker.state).toBe('open');
  });

  it('never opens at a threshold of 100', () => {
    const { breaker } = setUp({ errorThreshold: 100 });
    repeat(100, () => breaker.failed('reset', breaker.epoch));
    expect(breaker.state).toBe('closed');
  });
});

describe('an open breaker', () => {
  it('admits nothing until the reset time-out, then one trial', async () => {
    const { breaker, clock } = setUp({ resetTimeoutMs: 3000 });
    repeat(20, () => breaker.failed('reset', breaker.epoch));
    await clock.advance(2999);
    expect(breaker.admit()).toBe(false);

    await clock.advance(1);
    expect(breaker.admit()).toBe(true);
    expect(breaker.admit()).toBe(false);
  });

  it('ignores the outcomes of what it admitted before', () => {
    const { breaker, changes } = setUp();
    const { epoch } = breaker;
    repeat(20, () => breaker.failed('reset', epoch));
    breaker.failed('reset', epoch);
    breaker.succeeded(epoch);
    breaker.withdrawn(epoch);
    expect(breaker.state).toBe('open');
    expect(changes).toHaveLength(1);
  });
});

describe('a half-open breaker', () => {
  it('closes when its trial succeeds, and starts from nothing', async () => {
    const { breaker } = await setUpHalfOpen();
    breaker.admit();
    breaker.succeeded(breaker.epoch);
    expect(breaker.state).toBe('closed');

    repeat(19, () => breaker.failed('reset', breaker.epoch));
    expect(breaker.state).toBe('closed');
    breaker.failed('reset', breaker.epoch);
    expect(breaker.state).toBe('open');
  });

  it('opens again when its trial fails, for the whole reset time-out', async () => {
    const { breaker, clock, changes } = await setUpHalfOpen();
    breaker.admit();
    breaker.failed('status 500', breaker.epoch);
    expect(breaker.state).toBe('open');
    expect(changes.at(-1)).toBe('breaker open: its trial failed: status 500');

    await clock.advance(9999);
    expect(breaker.state).toBe('open');
    await clock.advance(1);
    expect(breaker.state).toBe('half-open');
  });

  it('lets another trial through when one was withdrawn, as often as need be', async () => {
    const { breaker } = await setUpHalfOpen();
    repeat(5, () => {
      expect(breaker.admit()).toBe(true);
      breaker.withdrawn(breaker.epoch);
      expect(breaker.state).toBe('half-open');
    });
    breaker.admit();
    breaker.succeeded(breaker.epoch);
    expect(breaker.state).toBe('closed');
  });

  it('ignores a success, a failure and an abort of what was admitted before it opened', async () => {
    const { breaker, closedEpoch } = await setUpHalfOpen();
    breaker.admit();
    breaker.succeeded(closedEpoch);
    breaker.failed('reset', closedEpoch);
    breaker.withdrawn(closedEpoch);
    expect(breaker.state).toBe('half-open');
    expect(breaker.admits).toBe(false);
  });

  it('takes an outcome without an epoch for its trial’s while there is one, else for an older one’s', async () => {
    const { breaker } = await setUpHalfOpen();
    breaker.succeeded(undefined);
    expect(breaker.state).toBe('half-open');
    breaker.admit();
    breaker.succeeded(undefined);
    expect(breaker.state).toBe('closed');
  });

  it('lets another trial through when one hangs, and still believes the one that hung', async () => {
    const { breaker, clock } = await setUpHalfOpen();
    breaker.admit();
    await clock.advance(9999);
    expect(breaker.admits).toBe(false);
    await clock.advance(1);
    expect(breaker.admits).toBe(true);

    breaker.succeeded(breaker.epoch);
    expect(breaker.state).toBe('closed');
  });

  it('tells when a trial begins and when it is withdrawn', async () => {
    const { breaker, changes } = await setUpHalfOpen();
    breaker.admit();
    breaker.withdrawn(breaker.epoch);
    expect(changes.slice(1)).toEqual([
      'breaker half-open: one exchange may try',
      'breaker half-open: its trial began',
      'breaker half-open: its trial said nothing',
    ]);
  });
});

describe('breakers of one rotation', () => {
  it('share one timer, which ends with the last of them', () => {
    const clock = new ManualClock();
    const rotation = new BreakerRotation(clock);
    const breakers = Array.from(
      { length: 30 },
      () => new Breaker(breakerOptions.parse({}), { clock, rotation, onChange: () => {} }),
    );
    expect(clock.pending).toBe(1);
    for (const breaker of breakers) breaker.dispose();
    expect(clock.pending).toBe(0);
    expect(rotation.emitter.listenerCount('rotate')).toBe(0);
  });

  it('leave no timer behind when disposed of in any state, and ignore what is reported afterwards', async () => {
    const { breaker, clock, changes } = await setUpHalfOpen();
    breaker.admit();
    const { epoch } = breaker;
    breaker.dispose();
    expect(clock.pending).toBe(0);

    const before = changes.length;
    breaker.succeeded(epoch);
    breaker.failed('reset', epoch);
    breaker.withdrawn(epoch);
    expect(breaker.admit()).toBe(false);
    expect(changes).toHaveLength(before);
  });

  it('do not use the real clock', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
    try {
      const { breaker } = await setUpHalfOpen();
      breaker.admit();
      breaker.failed('reset', breaker.epoch);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
