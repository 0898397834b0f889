export { ConfigError, formatIssue } from './config-error.ts';
export type { ConfigErrorCode, ConfigIssue } from './config-error.ts';
export { objectSource } from './config-source.ts';
export type { ConfigSource } from './config-source.ts';
export { defineConfig } from './define-config.ts';
export { formatDuration, parseDuration } from './duration.ts';
export type { Environment } from './expand-environment.ts';
export { formatAddress, parseListenAddress } from './listen-address.ts';
export { loadConfig } from './load-config.ts';
export type { LoadConfigOptions } from './load-config.ts';
export { environmentVariables } from './overrides.ts';
export type { ConfigOverride } from './overrides.ts';
export { isParsedConfig, parseConfig } from './parse-config.ts';
export type {
  AppConfig,
  BackendTlsConfig,
  BreakerConfig,
  CertificateConfig,
  ConfigFile,
  FrontendConfig,
  FrontendTlsConfig,
  HealthConfig,
  LogConfig,
  PluginUse,
  PoolConfig,
  Protocol,
  ProxyConfig,
  RetryConfig,
  RouteConfig,
  UpstreamConfig,
} from './proxy-config.ts';
export { configSchema } from './schema/config-schema.ts';
export type { ConfigInput } from './schema/config-schema.ts';
