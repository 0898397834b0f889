import { describe, expect, it } from 'vitest';
import { parseWrk } from './parse-wrk.ts';

const RECORDED = `Running 1s test @ http://127.0.0.1:35671/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.11ms  325.34us   6.43ms   88.69%
    Req/Sec    57.61k     2.30k   60.05k    90.00%
  Latency Distribution
     50%  995.00us
     75%    1.21ms
     90%    1.44ms
     99%    2.27ms
  57312 requests in 1.00s, 10.60MB read
Requests/sec:  57201.88
Transfer/sec:     10.58MB
`;

describe('parseWrk', () => {
  it('reads counts, rate and latencies in their units', () => {
    expect(parseWrk(RECORDED)).toEqual({
      requests: 57312,
      requestsPerSecond: 57201.88,
      p50Us: 995,
      p99Us: 2270,
      failures: 0,
    });
  });

  it('reads latencies of seconds and minutes', () => {
    const slow = RECORDED.replace('995.00us', '1.25s').replace('2.27ms', '1.50m');
    expect(parseWrk(slow)).toMatchObject({ p50Us: 1_250_000, p99Us: 90_000_000 });
  });

  it('counts errors of sockets and answers of the wrong kind as failures', () => {
    const failed = RECORDED.replace(
      'Requests/sec',
      '  Socket errors: connect 1, read 20, write 300, timeout 4000\n  Non-2xx or 3xx responses: 50000\nRequests/sec',
    );
    expect(parseWrk(failed).failures).toBe(54321);
  });

  it('refuses what is no output of wrk, and says what it was', () => {
    expect(() => parseWrk('unable to connect')).toThrow(/unable to connect/);
  });
});
