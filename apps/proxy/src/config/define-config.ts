import type { ConfigInput } from './schema/config-schema.ts';

/**
 * Types a config that is written as a module; returns it as it is.
 *
 * @example
 * ```ts
 * // millpond.config.mjs
 * export default defineConfig({ apps: [{ name: 'web', protocol: 'http', ports: [8080], backends: ['127.0.0.1:9001'] }] });
 * ```
 */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config;
}
