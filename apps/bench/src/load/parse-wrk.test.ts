import { describe, expect, it } from 'vitest';
import { parseWrk } from './parse-wrk.ts';

const GOOD = `Running 1s test @ http://127.0.0.1:18999/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    14.59ms   23.85ms 197.77ms   88.50%
    Req/Sec     9.21k     4.62k   14.40k    70.00%
  Latency Distribution
     50%    5.81ms
     75%   11.59ms
     90%   44.94ms
     99%  113.02ms
  9273 requests in 1.01s, 1.49MB read
Requests/sec:   9149.39
Transfer/sec:      1.47MB
`;

const FAILED = `Running 2s test @ http://127.0.0.1:18998/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   102.06ms   92.64ms 381.52ms   54.66%
    Req/Sec   693.15    530.57     2.04k    80.00%
  Latency Distribution
     50%   84.67ms
     75%  163.38ms
     90%  236.72ms
     99%  342.34ms
  1470 requests in 2.13s, 154.56KB read
  Socket errors: connect 0, read 733, write 0, timeout 0
  Non-2xx or 3xx responses: 733
Requests/sec:    689.83
Transfer/sec:     72.53KB
`;

describe('parseWrk', () => {
  it('reads counts, rate and latencies', () => {
    expect(parseWrk(GOOD)).toEqual({
      requests: 9273,
      requestsPerSecond: 9149.39,
      p50Us: 5810,
      p99Us: 113_020,
      failures: 0,
    });
  });

  it('reads latencies in whatever unit they are', () => {
    const others = GOOD.replace('5.81ms', '995.00us').replace('113.02ms', '1.50s');
    expect(parseWrk(others)).toMatchObject({ p50Us: 995, p99Us: 1_500_000 });
    expect(parseWrk(GOOD.replace('113.02ms', '1.50m'))).toMatchObject({ p99Us: 90_000_000 });
  });

  it('counts errors of sockets and answers of the wrong kind as failures', () => {
    expect(parseWrk(FAILED).failures).toBe(1466);
    const all = FAILED.replace(
      'connect 0, read 733, write 0, timeout 0',
      'connect 1, read 20, write 300, timeout 4000',
    );
    expect(parseWrk(all).failures).toBe(733 + 4321);
  });

  it('refuses what is no output of wrk, and says what it was', () => {
    expect(() => parseWrk('unable to connect')).toThrow(/unable to connect/);
  });
});
