import type { ConfigIssue } from './config-error.ts';

/** Where a config came from; turns a path in it into a place that a person can open. */
export interface ConfigSource {
  /** Absolute path of the file, where there is one; plugins are looked up relative to it. */
  readonly file: string | undefined;
  /**
   * An issue at `path`, with the file, line and column of what stands there, or of the nearest thing around it.
   *
   * @param path - as in `apps[0].strategy`
   * @param at - the key itself, rather than its value
   */
  issue(path: string, message: string, at?: 'key' | 'value'): ConfigIssue;
}

/** The source of a config that was given as an object: it has paths, but no lines. */
export function objectSource(file?: string): ConfigSource {
  return {
    file,
    issue: (path, message) => ({ origin: undefined, line: undefined, column: undefined, path, message }),
  };
}
