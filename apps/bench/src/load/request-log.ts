import { BenchError } from '../bench-error.ts';
import type { LoadResult } from './load-result.ts';

/**
 * Reads the log that `h2load --log-file` writes: start, status and microseconds of each request, parted by tabs.
 *
 * @param seconds - how long it ran
 * @throws BenchError - there was no request
 */
export function parseRequestLog(text: string, seconds: number): Required<LoadResult> {
  const rows = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t').map(Number));
  if (rows.length === 0) throw new BenchError('h2load sent no request');
  const times = rows.map(([, , microseconds = 0]) => microseconds).toSorted((a, b) => a - b);
  return {
    requests: rows.length,
    requestsPerSecond: rows.length / seconds,
    p50Us: quantile(times, 0.5),
    p99Us: quantile(times, 0.99),
    failures: rows.filter(([, status = 0]) => status < 200 || status >= 400).length,
  };
}

/** The smallest of some sorted values that a share of them does not exceed. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
}
