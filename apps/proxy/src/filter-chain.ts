import type { Filter } from '@millpond/contracts';
import { ConfigError, type AppConfig, type ConfigSource } from './config/index.ts';
import type { PluginParts } from './plugin-parts.ts';

/**
 * Makes the filters of an app, in their order.
 *
 * @throws ERR_CONFIG_INVALID - a filter needs a value that none before it provides
 */
export async function createFilters(app: AppConfig, parts: PluginParts, source: ConfigSource): Promise<Filter[]> {
  const filters: Filter[] = [];
  const provided = new Set<string>();
  for (const use of app.filters) {
    const filter = await parts.create('filter', use);
    const missing = filter.needs?.find((name) => !provided.has(name));
    if (missing !== undefined) {
      const known = [...provided].join(', ') || 'none';
      const message = `no filter before this one provides "${missing}" (provided: ${known}); put the one that does in front`;
      throw new ConfigError('ERR_CONFIG_INVALID', [source.issue(use.path, message)]);
    }
    for (const name of filter.provides ?? []) provided.add(name);
    filters.push(filter);
  }
  return filters;
}
