import { z } from 'zod';

/** The use of a plugin: its name, or its name with options. */
export function pluginUseSchema() {
  return z.union(
    [
      z.string().min(1),
      z.strictObject({
        use: z.string().min(1).describe('Name of the plugin'),
        options: z.record(z.string(), z.unknown()).optional().describe('What the plugin itself defines'),
      }),
    ],
    { error: 'expected a name, or { use: NAME, options: { … } }' },
  );
}

/** A plugin's name and options, however they were written. */
export type PluginUseInput = z.output<ReturnType<typeof pluginUseSchema>>;
