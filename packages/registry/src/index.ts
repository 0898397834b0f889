export { nearestName } from './nearest-name.ts';
export { PluginOptionsError } from './options-error.ts';
export type { OptionsIssue } from './options-error.ts';
export { PluginRegistry } from './plugin-registry.ts';
export type { PluginRegistryOptions } from './plugin-registry.ts';
