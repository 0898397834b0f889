import type { Plugin, SchemaIssue, SchemaResult } from '@millpond/contracts';
import { messageOf } from './message-of.ts';
import { PluginOptionsError } from './options-error.ts';

/**
 * Options as the plugin's own schema gives them back: checked, with defaults filled in.
 *
 * @param plugin - whose schema checks them
 * @param options - as the config has them; undefined and null are checked as `{}`
 * @param path - where the options stand in the config, for the message
 * @throws ERR_REGISTRY_OPTIONS_INVALID
 */
export async function checkOptions<Options>(
  plugin: Pick<Plugin<Plugin['kind'], Options>, 'kind' | 'name' | 'options'>,
  options: unknown,
  path: string,
): Promise<Options> {
  const title = `${plugin.kind} "${plugin.name}"`;
  let result: SchemaResult<Options>;
  try {
    result = await plugin.options['~standard'].validate(options ?? {});
  } catch (cause) {
    throw new PluginOptionsError(title, path, [{ path: [], message: `could not be checked: ${messageOf(cause)}` }], {
      cause,
    });
  }
  if (result.issues !== undefined) throw new PluginOptionsError(title, path, result.issues.map(plainIssue));
  return result.value;
}

function plainIssue({ path = [], message }: SchemaIssue): { path: PropertyKey[]; message: string } {
  return { path: path.map((segment) => (typeof segment === 'object' ? segment.key : segment)), message };
}
