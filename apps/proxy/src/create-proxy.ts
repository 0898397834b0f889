import { isParsedConfig, parseConfig, type ConfigInput, type ProxyConfig } from './config/index.ts';
import type { Proxy, ProxyOptions } from './proxy.ts';
import { RunningProxy } from './running-proxy.ts';

/**
 * Makes a proxy; nothing is opened before {@link Proxy.start}.
 *
 * @param config - as in the config file, or what {@link loadConfig} returned
 * @throws ERR_CONFIG_INVALID - with every fault that was found
 *
 * @example
 * ```ts
 * const proxy = createProxy({ apps: [{ name: 'web', ports: [8080], targets: ['127.0.0.1:9001'], protocol: 'http' }] });
 * await proxy.start();
 * ```
 */
export function createProxy(config: ConfigInput | ProxyConfig, options: ProxyOptions = {}): Proxy {
  return new RunningProxy(isParsedConfig(config) ? config : parseConfig(config), options);
}
