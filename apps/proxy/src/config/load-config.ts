import { ConfigError } from './config-error.ts';
import type { ConfigIssue } from './config-error.ts';
import { objectSource } from './config-source.ts';
import { expandEnvironment } from './expand-environment.ts';
import type { Environment } from './expand-environment.ts';
import { applyOverrides, environmentOverrides, overriddenSource } from './overrides.ts';
import type { ConfigOverride } from './overrides.ts';
import { parseConfig } from './parse-config.ts';
import { checkPlainData } from './plain-data.ts';
import type { ProxyConfig } from './proxy-config.ts';
import { isModule, readConfigFile } from './read-config-file.ts';
import type { RawConfig } from './read-yaml.ts';

/** What goes before the file. */
export interface LoadConfigOptions {
  /**
   * Variables for `${NAME}` in the file, and the `MILLPOND_…` variables that go before it.
   *
   * @defaultValue process.env
   */
  readonly env?: Environment;
  /**
   * Values that go before everything else, such as flags; or what computes them from the config as it was written.
   *
   * @defaultValue none
   */
  readonly overrides?: readonly ConfigOverride[] | ((config: unknown) => readonly ConfigOverride[]);
}

/**
 * Reads a config: overrides go before `MILLPOND_…` variables, those before the file, and the file before the defaults.
 *
 * @param file - YAML or JSON, where `${NAME}` and `${NAME:-default}` are replaced from the environment; or a module
 *   (`.mjs`, `.js`) whose default export is the config. Undefined: overrides and environment say it all.
 * @throws ERR_CONFIG_NOT_FOUND, ERR_CONFIG_UNREADABLE, ERR_CONFIG_SYNTAX
 * @throws ERR_CONFIG_INVALID - with every fault that was found, each with its file, line and column
 */
export async function loadConfig(file: string | undefined, options: LoadConfigOptions = {}): Promise<ProxyConfig> {
  const { env = process.env, overrides = [] } = options;
  const raw = file === undefined ? { value: {}, source: objectSource() } : await readConfigFile(file);
  const value = file === undefined || isModule(file) ? raw.value : expand(raw, env);

  const flags = typeof overrides === 'function' ? overrides(value) : overrides;
  const all = [...environmentOverrides(env), ...flags];
  return parseConfig(applyOverrides(value, all), overriddenSource(raw.source, all));
}

function expand({ value, source }: RawConfig, env: Environment): unknown {
  const issues: ConfigIssue[] = [];
  checkPlainData(value, (path, message) => issues.push(source.issue(path, message, 'key')));
  if (issues.length > 0) throw new ConfigError('ERR_CONFIG_INVALID', issues);

  const expanded = expandEnvironment(value, env, (name, path) => {
    issues.push(
      source.issue(path, `the environment variable ${name} is not set; set it, or write \${${name}:-default}`),
    );
  });
  if (issues.length > 0) throw new ConfigError('ERR_CONFIG_INVALID', issues);
  return expanded;
}
