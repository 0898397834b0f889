import { BenchError } from '../bench-error.ts';
import type { LoadResult } from './load-result.ts';

const MICROSECONDS: Readonly<Record<string, number>> = { us: 1, ms: 1000, s: 1_000_000, m: 60_000_000 };

/**
 * Reads what `wrk --latency` prints.
 *
 * @throws BenchError - it is something else
 */
export function parseWrk(text: string): Required<LoadResult> {
  const socketErrors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text) ?? [];
  const others = /Non-2xx or 3xx responses: (\d+)/.exec(text) ?? [];
  return {
    requests: Number(need(text, /(\d+) requests in /)),
    requestsPerSecond: Number(need(text, /Requests\/sec:\s+([\d.]+)/)),
    p50Us: parseDuration(need(text, /^\s+50%\s+(\S+)/m)),
    p99Us: parseDuration(need(text, /^\s+99%\s+(\S+)/m)),
    failures: [...socketErrors.slice(1), ...others.slice(1)].reduce((total, count) => total + Number(count), 0),
  };
}

/** wrk prints a unit of its own with each duration. */
function parseDuration(text: string): number {
  const [, value, unit = ''] = /^([\d.]+)([a-z]+)$/.exec(text) ?? [];
  const microseconds = Number(value) * (MICROSECONDS[unit] ?? Number.NaN);
  if (Number.isNaN(microseconds)) throw new BenchError(`wrk printed a duration that is none: ${text}`);
  return microseconds;
}

function need(text: string, pattern: RegExp): string {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new BenchError(`wrk printed nothing like ${pattern.source}:\n${text}`);
  return found;
}
