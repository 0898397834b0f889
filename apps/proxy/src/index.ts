export { checkCertificates } from './check-certificates.ts';
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
  BackendTlsConfig,
  BreakerConfig,
  CertificateConfig,
  ConfigErrorCode,
  ConfigFile,
  ConfigInput,
  ConfigIssue,
  ConfigOverride,
  ConfigSource,
  Environment,
  FrontendConfig,
  FrontendTlsConfig,
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
