import { describe, expect, it } from 'vitest';
import { parseRequestLog } from './request-log.ts';

const RECORDED = [
  '1795187290123456\t200\t412\t1',
  '1795187290123512\t200\t398\t2',
  '1795187290124001\t503\t1200\t3',
  '1795187290124010\t-1\t90\t4',
  '',
].join('\n');

describe('parseRequestLog', () => {
  it('counts requests, sorts their times and tells failures by their status', () => {
    expect(parseRequestLog(RECORDED, 2)).toEqual({
      requests: 4,
      requestsPerSecond: 2,
      p50Us: 398,
      p99Us: 1200,
      failures: 2,
    });
  });

  it('finds the time that 99 of 100 requests do not exceed', () => {
    const rows = Array.from({ length: 100 }, (_, index) => `1\t200\t${100 - index}`);
    expect(parseRequestLog(rows.join('\n'), 1)).toMatchObject({ p50Us: 50, p99Us: 99 });
  });

  it('refuses a log without requests', () => {
    expect(() => parseRequestLog('', 1)).toThrow('no request');
  });
});
