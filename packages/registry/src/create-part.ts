import { MillpondError } from '@millpond/contracts';
import type { Plugin, PluginContext, PluginKind, PluginKinds } from '@millpond/contracts';
import { kindRules } from './kind-rules.ts';
import { messageOf } from './message-of.ts';
import { withTimeLimit } from './time-limit.ts';

/**
 * Calls a plugin's `create` under a time limit. A part that comes too late is disposed of when it comes.
 *
 * @param plugin - what creates it
 * @param options - checked by the plugin's schema
 * @param context - handed to the plugin
 * @param limitMs - 0 is no limit
 * @throws ERR_REGISTRY_CREATE_FAILED - `create` threw; `cause` is what it threw
 * @throws ERR_REGISTRY_CREATE_TIMEOUT
 * @throws ERR_REGISTRY_PLUGIN_INVALID - what it made is not of its kind
 */
export async function createPart<K extends PluginKind>(
  plugin: Plugin<K>,
  options: unknown,
  context: PluginContext,
  limitMs: number,
): Promise<PluginKinds[K]> {
  const title = `${plugin.kind} "${plugin.name}"`;
  const creation = callCreate(plugin, options, context);
  const expired = (): MillpondError => {
    void creation
      .then((part) => kindRules[plugin.kind].end(part))
      .catch((error: unknown) => {
        context.logger.warn({ plugin: plugin.name, error }, `${title} failed after it had taken too long to start`);
      });
    return new MillpondError(
      'ERR_REGISTRY_CREATE_TIMEOUT',
      `${title} was not ready within ${limitMs} ms; see what its create function waits for`,
    );
  };
  return withTimeLimit(creation, { clock: context.clock, limitMs, expired });
}

async function callCreate<K extends PluginKind>(
  plugin: Plugin<K>,
  options: unknown,
  context: PluginContext,
): Promise<PluginKinds[K]> {
  const title = `${plugin.kind} "${plugin.name}"`;
  let part: PluginKinds[K];
  try {
    part = await plugin.create(options, context);
  } catch (cause) {
    throw new MillpondError('ERR_REGISTRY_CREATE_FAILED', `${title} could not be created: ${messageOf(cause)}`, {
      cause,
    });
  }
  const missing = missingMethods(plugin.kind, part);
  if (missing.length > 0) {
    throw new MillpondError(
      'ERR_REGISTRY_PLUGIN_INVALID',
      `what ${title} created is not a ${plugin.kind}: it lacks ${missing.join(', ')}`,
    );
  }
  return part;
}

/** The plugin's author may have written JavaScript: the type alone is no proof. */
function missingMethods(kind: PluginKind, part: unknown): readonly string[] {
  if (typeof part !== 'object' || part === null) return ['everything: create returned no object'];
  return kindRules[kind].requires.filter((name) => typeof Reflect.get(part, name) !== 'function');
}
