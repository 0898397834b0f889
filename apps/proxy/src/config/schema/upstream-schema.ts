import { z } from 'zod';
import { breakerSchema } from './breaker-schema.ts';
import { healthSchema } from './health-schema.ts';
import { pluginUseSchema } from './plugin-use-schema.ts';
import { poolSchema } from './pool-schema.ts';
import { retrySchema } from './retry-schema.ts';
import { backendTlsSchema } from './tls-schema.ts';
import { upstreamTimeoutsSchema } from './timeouts-schema.ts';
import { count, keepAlive } from './values.ts';

const backendSchema = z.union(
  [
    z.string(),
    z.strictObject({
      url: z
        .string()
        .describe('Its address: host:port, http://host:port, https://host:port, tls://host:port or unix:/path'),
      weight: count()
        .max(1000)
        .default(1)
        .describe('Share of the traffic relative to the others; 0 sends it nothing new'),
      priority: count().max(1000).default(0).describe('Used only when no backend of a lower number can be'),
      id: z
        .string()
        .regex(/^[!-~]{1,128}$/, 'expected 1 to 128 visible ASCII characters, without spaces')
        .optional()
        .describe('Stable name; the url unless given'),
    }),
  ],
  {
    error:
      'expected "host:port", "http://host:port", "https://host:port", "unix:/path", or { url, weight, priority, id }',
  },
);

/** A list of backends. */
export const backendsSchema = z.array(backendSchema).min(1).describe('The servers that share the traffic');

/** How an upstream treats its backends; written in an upstream, or in the app that owns it. */
export const policyShape = {
  strategy: pluginUseSchema()
    .optional()
    .describe('Picks the backend; round-robin for http and least-connections for tcp unless given'),
  tls: backendTlsSchema.optional().describe('How backends whose URL begins with https:// or tls:// are spoken to'),
  proxyProtocol: z
    .enum(['v1', 'v2'])
    .optional()
    .describe('TCP: backends are told of each client by the PROXY protocol; none unless given'),
  keepAlive: keepAlive('a backend is'),
  pool: poolSchema.prefault({}).describe('The connections that are kept to each backend'),
  health: z
    .union([z.literal(false), healthSchema])
    .prefault({})
    .describe('Active probes of each backend; false is none'),
  breaker: z
    .union([z.literal(false), breakerSchema])
    .prefault({})
    .describe('The circuit breaker of each backend; false is none'),
  retry: z
    .union([z.literal(false), retrySchema])
    .prefault({})
    .describe('What is tried again; false is nothing'),
};

/** One of `upstreams`. */
export const upstreamSchema = z.strictObject({
  backends: backendsSchema,
  ...policyShape,
  timeouts: upstreamTimeoutsSchema.prefault({}).describe('Limits in time'),
});

export type BackendInput = z.output<typeof backendSchema>;
export type UpstreamInput = z.output<typeof upstreamSchema>;
