import { MillpondError } from '@millpond/contracts';

/** One thing that is wrong in a config. */
export interface ConfigIssue {
  /** Where the value came from: the file as it was named, an environment variable, a flag; undefined for an object. */
  readonly origin: string | undefined;
  /** Line in the file, from 1. */
  readonly line: number | undefined;
  /** Column in the file, from 1. */
  readonly column: number | undefined;
  /** Where in the config: `apps[0].pool.max`; empty for the whole. */
  readonly path: string;
  /** What was expected, what was found, and the nearest name where one was mistyped. */
  readonly message: string;
}

/** Codes of {@link ConfigError}. */
export type ConfigErrorCode =
  | 'ERR_CONFIG_NOT_FOUND'
  | 'ERR_CONFIG_UNREADABLE'
  | 'ERR_CONFIG_SYNTAX'
  | 'ERR_CONFIG_INVALID'
  | 'ERR_TLS_INVALID_CERTIFICATE';

/** A config cannot be used. Its message lists every issue, one per line, each beginning `file:line:column`. */
export class ConfigError extends MillpondError {
  override readonly name = 'ConfigError';
  override readonly code: ConfigErrorCode;
  /** Those that stand in a file are in its order. */
  readonly issues: readonly ConfigIssue[];

  constructor(code: ConfigErrorCode, issues: readonly ConfigIssue[], options?: ErrorOptions) {
    const sorted = issues.toSorted(byPosition);
    super(code, sorted.map(formatIssue).join('\n'), options);
    this.code = code;
    this.issues = sorted;
  }
}

function byPosition(a: ConfigIssue, b: ConfigIssue): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}

/** An issue on one line: `millpond.yaml:3:5: apps[0].pool.max: expected at least 1, got 0`. */
export function formatIssue({ origin, line, column, path, message }: ConfigIssue): string {
  const where = origin === undefined ? [] : [[origin, line, column].filter((part) => part !== undefined).join(':')];
  return [...where, ...(path === '' ? [] : [path]), message].join(': ');
}
