import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { ConnectionRate } from './connection-rate.ts';

it('A client may open a burst of connections, and then as many as its rate allows', () => {
  const rate = new ConnectionRate({ connections: 2, perMs: 1000, burst: 3 });
  const takenAt = (now: number) => [rate.take('1.2.3.4', now), rate.take('1.2.3.4', now)];
  expect([takenAt(0), takenAt(0)]).toEqual([
    [true, true],
    [true, false],
  ]);
  expect(takenAt(500)).toEqual([true, false]);
  expect(takenAt(999)).toEqual([false, false]);
  expect(takenAt(2000)).toEqual([true, true]);
  expect(rate.take('1.2.3.5', 2000)).toBe(true);
});

it('IPv6 clients of one network are one client, and an IPv4 address is one', () => {
  const rate = new ConnectionRate({ connections: 1, perMs: 1000, burst: 1 });
  const addresses = [
    '2001:db8::1',
    '2001:db8::2:0:0:1',
    '2001:db8:0:1::1',
    'fe80::1%eth0',
    'fe80::2',
    '1.2.3.4',
    '1.2.3.5',
  ];
  expect(addresses.map((address) => rate.take(address, 0))).toEqual([true, false, true, true, false, true, true]);
});

it('forgets those that have been away for longest, and never more than it must', () => {
  const rate = new ConnectionRate({ connections: 1, perMs: 1e9, burst: 2 });
  for (let client = 0; client < 65_536; client++)
    rate.take(`10.${client >> 16}.${(client >> 8) & 255}.${client & 255}`, 0);
  rate.take('10.0.0.0', 0);
  rate.take('11.0.0.0', 0);
  expect(rate.size).toBe(65_536);
  expect(rate.take('10.0.0.0', 0)).toBe(false);
  expect([rate.take('10.0.0.1', 0), rate.take('10.0.0.1', 0), rate.take('10.0.0.1', 0)]).toEqual([true, true, false]);
});

it('is a token bucket', () => {
  const settings = fc.record({
    connections: fc.integer({ min: 1, max: 50 }),
    perMs: fc.integer({ min: 1, max: 10_000 }),
    burst: fc.integer({ min: 1, max: 50 }),
  });
  fc.assert(
    fc.property(settings, fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 200 }), (options, waits) => {
      const rate = new ConnectionRate(options);
      let tokens = options.burst;
      let now = 0;
      for (const wait of waits) {
        now += wait;
        tokens = Math.min(options.burst, tokens + (wait * options.connections) / options.perMs);
        // Where the model itself stands on the edge by rounding, either answer is right.
        if (Math.abs(tokens - 1) < 1e-6) {
          if (rate.take('a', now)) tokens = 0;
        } else if (tokens > 1) {
          expect(rate.take('a', now)).toBe(true);
          tokens -= 1;
        } else expect(rate.take('a', now)).toBe(false);
      }
    }),
  );
});
