import type { ConfigIssue } from '../config-error.ts';
import { parsePath } from '../config-path.ts';
import type { ConfigSource } from '../config-source.ts';
import { isPlainObject } from '../plain-object.ts';

/** A config that is being normalised: what was written, and what was found wrong with it so far. */
export class Draft {
  readonly source: ConfigSource;
  readonly #written: unknown;
  readonly #issues: ConfigIssue[] = [];

  /** @param written - the config before defaults were filled in */
  constructor(written: unknown, source: ConfigSource) {
    this.#written = written;
    this.source = source;
  }

  get issues(): readonly ConfigIssue[] {
    return this.#issues;
  }

  /** Notes a fault; see {@link ConfigSource.issue}. */
  refuse(path: string, message: string, at?: 'key' | 'value'): void {
    this.#issues.push(this.source.issue(path, message, at));
  }

  /** Whether the config itself has a value at `path`, rather than a default. */
  has(path: string): boolean {
    let value = this.#written;
    for (const segment of parsePath(path)) {
      if (Array.isArray(value)) value = value[Number(segment)];
      else if (isPlainObject(value)) value = value[String(segment)];
      else return false;
    }
    return value !== undefined;
  }
}
