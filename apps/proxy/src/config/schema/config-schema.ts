import { z } from 'zod';
import { appSchema } from './app-schema.ts';
import { upstreamSchema } from './upstream-schema.ts';
import { duration, listenAddress, name } from './values.ts';

const logSchema = z.strictObject({
  level: z
    .enum(['debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('The least severe messages that are logged'),
  format: z.enum(['json', 'pretty']).optional().describe('pretty on a terminal and json elsewhere, unless given'),
  metricsInterval: duration().prefault('60s').describe('Time between two log lines of figures; 0 is none'),
  access: z.boolean().default(false).describe('Whether every request is logged'),
});

const adminSchema = z.strictObject({
  listen: listenAddress().prefault('127.0.0.1:9090').describe('Address of the admin API'),
});

/**
 * The whole config: the one reference for its keys, types and defaults.
 *
 * `z.toJSONSchema(configSchema, { io: 'input' })` is its JSON Schema.
 */
export const configSchema = z.strictObject({
  $schema: z.string().optional().describe('For editors; ignored'),
  plugins: z
    .array(z.string().min(1))
    .default([])
    .describe('Modules with plugins: npm packages, or paths relative to the config file'),
  log: logSchema.prefault({}).describe('What is logged, and how'),
  admin: adminSchema.optional().describe('The admin API; off unless given'),
  shutdown: z
    .strictObject({
      timeout: duration()
        .prefault('30s')
        .describe('What is in flight may finish within this when the proxy is told to stop'),
    })
    .prefault({})
    .describe('How the proxy stops'),
  upstreams: z.record(name(), upstreamSchema).default({}).describe('Upstreams that apps and routes share, by name'),
  apps: z.array(appSchema).min(1).describe('What listens, and where its traffic goes'),
});

/** A config as people write it. */
export type ConfigInput = z.input<typeof configSchema>;

/** A config whose values have been read and whose defaults have been filled in. */
export type ParsedConfig = z.output<typeof configSchema>;
