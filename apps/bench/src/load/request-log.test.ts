import { describe, expect, it } from 'vitest';
import { parseRequestLog } from './request-log.ts';

const RECORDED = `1795188188486023\t200\t347
1795188188486028\t200\t371
1795188188486032\t503\t370
1795188188486036\t-1\t368
1795188188986984\t200\t451
`;

describe('parseRequestLog', () => {
  it('counts requests, sorts their times and tells failures by their status', () => {
    expect(parseRequestLog(RECORDED, 2)).toEqual({
      requests: 5,
      requestsPerSecond: 2.5,
      p50Us: 370,
      p99Us: 451,
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
