import { InvalidArgumentError } from 'commander';

/** The least severe messages that are logged. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** By number; nothing is ever more severe than `fatal`, so `panic` is as silent as what follows it. */
const BY_NUMBER: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'fatal', 'silent', 'silent', 'silent'];
const BY_NAME: ReadonlyMap<string, LogLevel> = new Map([
  ['debug', 'debug'],
  ['info', 'info'],
  ['warn', 'warn'],
  ['error', 'error'],
  ['fatal', 'fatal'],
  ['panic', 'silent'],
  ['silent', 'silent'],
]);

/** Reads `--log-level`: a name, or a number from 0 (debug) to 7 (silent). */
export function parseLogLevel(text: string): LogLevel {
  const level = /^[0-7]$/.test(text) ? BY_NUMBER[Number(text)] : BY_NAME.get(text.toLowerCase());
  if (level !== undefined) return level;
  throw new InvalidArgumentError(`Expected one of ${[...BY_NAME.keys()].join(', ')}, or a number from 0 to 7.`);
}
