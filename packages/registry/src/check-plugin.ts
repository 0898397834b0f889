import { API_VERSION, MillpondError } from '@millpond/contracts';
import type { Plugin } from '@millpond/contracts';
import { isPluginKind, kindRules } from './kind-rules.ts';

const kebabCase = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

/**
 * Makes sure that `value` has the shape of a plugin, whatever module it came from.
 *
 * @param value - what a module calls a plugin
 * @param source - where it came from, for the message
 * @throws ERR_REGISTRY_PLUGIN_INVALID, ERR_REGISTRY_API_VERSION
 */
export function checkPlugin(value: unknown, source: string): asserts value is Plugin {
  if (!isObject(value)) throw invalid(source, `a plugin is an object made with definePlugin, not ${describe(value)}`);
  const { kind, name, apiVersion, options, create } = value;
  if (typeof name !== 'string' || !kebabCase.test(name)) {
    throw invalid(source, `a plugin's name is in kebab-case, such as "ring-hash", not ${describe(name)}`);
  }
  if (!isPluginKind(kind)) {
    const kinds = Object.keys(kindRules).join(', ');
    throw invalid(source, `the kind of plugin "${name}" must be one of ${kinds}, not ${describe(kind)}`);
  }
  if (apiVersion !== API_VERSION) {
    throw new MillpondError(
      'ERR_REGISTRY_API_VERSION',
      `${kind} "${name}" from ${source} is written for plugin API version ${describe(apiVersion)}, and this Millpond ` +
        `offers version ${API_VERSION}; install a version of the plugin that is made for it`,
    );
  }
  if (!isStandardSchema(options)) {
    throw invalid(
      source,
      `the options of ${kind} "${name}" must be a Standard Schema, such as zod's z.strictObject({})`,
    );
  }
  if (typeof create !== 'function') throw invalid(source, `${kind} "${name}" has no create function`);
}

function invalid(source: string, problem: string): MillpondError {
  return new MillpondError('ERR_REGISTRY_PLUGIN_INVALID', `${source} exports a plugin that cannot be used: ${problem}`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isStandardSchema(value: unknown): boolean {
  // Some schema libraries (arktype) have schemas that are functions.
  if (!isObject(value) && typeof value !== 'function') return false;
  const standard: unknown = Reflect.get(value, '~standard');
  return isObject(standard) && standard['version'] === 1 && typeof standard['validate'] === 'function';
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' || value === undefined || value === null) return String(value);
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}
