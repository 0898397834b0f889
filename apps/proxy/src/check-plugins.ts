import { systemClock } from '@millpond/pool';
import type { ProxyConfig } from './config/index.ts';
import { createFilters } from './filter-chain.ts';
import { PluginParts } from './plugin-parts.ts';
import type { ProxyOptions } from './proxy.ts';
import { silentLogger } from './silent-logger.ts';

/**
 * Checks the plugins that a config names and their options; opens nothing.
 *
 * @throws ERR_CONFIG_INVALID, ERR_REGISTRY_*
 */
export async function checkPlugins(config: ProxyConfig, { plugins = [] }: ProxyOptions = {}): Promise<void> {
  const context = { clock: systemClock, random: Math.random, logger: silentLogger, observer: {} };
  const parts = await PluginParts.load(config, plugins, context);
  try {
    for (const { strategy, health } of Object.values(config.upstreams)) {
      await parts.check('strategy', strategy);
      if (health !== false) await parts.check('probe', health.probe);
    }
    for (const app of config.apps) await createFilters(app, parts, config.source);
  } finally {
    await parts.dispose();
  }
}
