import type { PluginUse } from '../proxy-config.ts';
import type { PluginUseInput } from '../schema/plugin-use-schema.ts';

/** The plugin that `input`, found at `path`, names. */
export function toPluginUse(input: PluginUseInput, path: string): PluginUse {
  const { use, options } = typeof input === 'string' ? { use: input, options: undefined } : input;
  return { name: use, options: options ?? {}, path, optionsPath: `${path}.options` };
}
