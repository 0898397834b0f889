import { parsePath } from './config-path.ts';
import type { PathSegment } from './config-path.ts';
import type { ConfigSource } from './config-source.ts';
import { retype } from './expand-environment.ts';
import type { Environment } from './expand-environment.ts';
import { isPlainObject } from './plain-object.ts';

/** A value that goes before what the file says. */
export interface ConfigOverride {
  /** Where in the config: `log.level`, `apps[0].ports`, `upstreams["web"].pool.max`. */
  readonly path: string;
  /** As the config would have it; undefined takes away what is there. */
  readonly value: unknown;
  /** What it was set by, for messages: `--log-level`. */
  readonly origin: string;
}

/** The environment variables that go before the file, and what they set. */
export const environmentVariables: Readonly<Record<string, string>> = {
  MILLPOND_LOG_LEVEL: 'log.level',
  MILLPOND_LOG_FORMAT: 'log.format',
  MILLPOND_ADMIN_LISTEN: 'admin.listen',
  MILLPOND_SHUTDOWN_TIMEOUT: 'shutdown.timeout',
};

/** What the environment sets; an empty variable sets nothing. */
export function environmentOverrides(env: Environment): ConfigOverride[] {
  return Object.entries(environmentVariables).flatMap(([origin, path]) => {
    const text = env[origin];
    return text === undefined || text === '' ? [] : [{ path, value: retype(text), origin }];
  });
}

/** A copy of a config with the overrides in it; of two for one path, the later wins. */
export function applyOverrides(config: unknown, overrides: readonly ConfigOverride[]): unknown {
  return overrides.reduce((value, override) => setAt(value, parsePath(override.path), override.value), config);
}

/** A source that names the override, rather than the file, for what an override has set. */
export function overriddenSource(source: ConfigSource, overrides: readonly ConfigOverride[]): ConfigSource {
  return {
    file: source.file,
    issue: (path, message, at) => {
      const setBy = overrides.findLast((override) => covers(override.path, path));
      if (setBy === undefined) return source.issue(path, message, at);
      return { origin: setBy.origin, line: undefined, column: undefined, path, message };
    },
  };
}

/** What cannot be stepped into is left alone: the schema says what is wrong with it. */
function setAt(target: unknown, [segment, ...rest]: readonly PathSegment[], value: unknown): unknown {
  if (segment === undefined) return value;
  if (typeof segment === 'number') {
    if (!Array.isArray(target)) return target;
    return target.map((item: unknown, index) => (index === segment ? setAt(item, rest, value) : item));
  }
  if (target !== undefined && target !== null && !isPlainObject(target)) return target;
  const { [segment]: inner, ...others } = target ?? {};
  const changed = setAt(inner, rest, value);
  return changed === undefined ? others : { ...target, [segment]: changed };
}

function covers(overridePath: string, path: string): boolean {
  const segments = parsePath(path);
  return parsePath(overridePath).every((segment, index) => segment === segments[index]);
}
