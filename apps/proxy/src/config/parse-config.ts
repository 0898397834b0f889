import { ConfigError } from './config-error.ts';
import type { ConfigIssue } from './config-error.ts';
import { objectSource } from './config-source.ts';
import type { ConfigSource } from './config-source.ts';
import { Draft } from './normalise/draft.ts';
import { normaliseConfig } from './normalise/normalise-config.ts';
import { checkPlainData } from './plain-data.ts';
import type { ProxyConfig } from './proxy-config.ts';
import { expectation, schemaIssues } from './schema-issues.ts';
import { configSchema } from './schema/config-schema.ts';

/**
 * Checks a config that is an object already and brings it into its final form. Nothing is taken from the environment,
 * and strings are taken as they are.
 *
 * @param config - a {@link ConfigInput}; it is checked, whatever its type
 * @param source - where it came from
 * @throws ERR_CONFIG_INVALID - with every fault that was found
 */
export function parseConfig(config: unknown, source: ConfigSource = objectSource()): ProxyConfig {
  const issues: ConfigIssue[] = [];
  checkPlainData(config, (path, message) => issues.push(source.issue(path, message, 'key')));
  if (issues.length > 0) throw new ConfigError('ERR_CONFIG_INVALID', issues);

  const result = configSchema.safeParse(config, { reportInput: true, error: expectation });
  if (!result.success) throw new ConfigError('ERR_CONFIG_INVALID', schemaIssues(result.error.issues, source));
  const parsed = normaliseConfig(result.data, new Draft(config, source));
  parsedConfigs.add(parsed);
  return parsed;
}

const parsedConfigs = new WeakSet<object>();

/** Whether a config is one that {@link parseConfig} returned. */
export function isParsedConfig(config: object): config is ProxyConfig {
  return parsedConfigs.has(config);
}
