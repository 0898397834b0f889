export { checkPlugins } from './check-plugins.ts';
export { createProxy } from './create-proxy.ts';
export type { AppAddress, Proxy, ProxyOptions } from './proxy.ts';
export {
  ConfigError,
  configSchema,
  defineConfig,
  environmentVariables,
  formatAddress,
  formatDuration,
  formatIssue,
  loadConfig,
  objectSource,
  parseConfig,
  parseDuration,
  parseListenAddress,
} from './config/index.ts';
export type {
  AppConfig,
  BreakerConfig,
  ConfigErrorCode,
  ConfigInput,
  ConfigIssue,
  ConfigOverride,
  ConfigSource,
  Environment,
  HealthConfig,
  LoadConfigOptions,
  LogConfig,
  PluginUse,
  PoolConfig,
  Protocol,
  ProxyConfig,
  RetryConfig,
  RouteConfig,
  UpstreamConfig,
} from './config/index.ts';
