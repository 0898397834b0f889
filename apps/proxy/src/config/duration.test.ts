import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration, MAX_DURATION_MS, parseDuration } from './duration.ts';

describe('a duration', () => {
  test.each([
    ['250ms', 250],
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['1.5s', 1_500],
    ['0s', 0],
    [1500, 1_500],
    [0, 0],
  ])('%s is read as %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each(['', '30', '30 s', '-1s', '1d', '1h30m', 's', '1e3s', '٣s', '30S', '0x10ms', -1, Number.NaN, Infinity])(
    '%s is refused',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  test('beyond what timers of Node can wait is refused', () => {
    expect(parseDuration(MAX_DURATION_MS)).toBe(MAX_DURATION_MS);
    expect(parseDuration(MAX_DURATION_MS + 1)).toBeUndefined();
    expect(parseDuration('597h')).toBeUndefined();
  });

  test('is read again from what it was written as', () => {
    fc.assert(fc.property(fc.nat(MAX_DURATION_MS), (ms) => parseDuration(formatDuration(ms)) === ms));
    fc.assert(fc.property(fc.nat(500), (hours) => formatDuration(hours * 3_600_000 + 3_600_000) === `${hours + 1}h`));
  });

  test('never turns out negative, fractional or unlimited, whatever the text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const ms = parseDuration(text);
        return ms === undefined || (Number.isInteger(ms) && ms >= 0 && ms <= MAX_DURATION_MS);
      }),
    );
  });
});
