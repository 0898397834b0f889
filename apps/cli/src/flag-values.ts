import { parseDuration } from '@millpond/proxy';
import { InvalidArgumentError } from 'commander';

/** Reads a port. */
export function parsePort(text: string): number {
  const port = wholeNumber(text);
  if (port !== undefined && port <= 65_535) return port;
  throw new InvalidArgumentError('Expected a port from 0 to 65535.');
}

/** Reads a number of things, of which there must be one at least. */
export function parseCount(text: string): number {
  const count = wholeNumber(text);
  if (count !== undefined && count > 0) return count;
  throw new InvalidArgumentError('Expected a whole number from 1 on.');
}

/** Reads a duration; milliseconds. */
export function parseDurationFlag(text: string): number {
  const ms = parseDuration(wholeNumber(text) ?? text);
  if (ms !== undefined) return ms;
  throw new InvalidArgumentError('Expected a duration such as 250ms, 30s or 5m, or a number of milliseconds.');
}

/** Adds a value to those that were given before. */
export function collect(text: string, earlier: readonly string[] = []): string[] {
  return [...earlier, text];
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
