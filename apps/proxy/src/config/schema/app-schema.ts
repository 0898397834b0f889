import { z } from 'zod';
import { accessSchema } from './access-schema.ts';
import { limitsSchema } from './limits-schema.ts';
import { pluginUseSchema } from './plugin-use-schema.ts';
import { routeSchema } from './route-schema.ts';
import { appTimeoutsSchema } from './timeouts-schema.ts';
import { frontendTlsSchema } from './tls-schema.ts';
import { backendsSchema, policyShape } from './upstream-schema.ts';
import { LISTEN_EXPECTED, keepAlive, listenAddresses, name, ports, trustedProxy } from './values.ts';

const frontendSchema = z.strictObject({
  listen: z
    .union([listenAddresses(), z.array(listenAddresses()).min(1)], { error: LISTEN_EXPECTED })
    .transform((addresses) => addresses.flat())
    .describe('Address to listen on, or several; each may have a range of ports'),
  trustedProxies: z.array(trustedProxy()).default([]).describe('Whose word is taken on who asked'),
  proxyProtocol: z
    .literal('require')
    .optional()
    .describe('Only trusted proxies may connect, and say for whom by the PROXY protocol, v1 or v2'),
  forwarded: z
    .enum(['x-forwarded', 'forwarded', 'both', 'off'])
    .default('x-forwarded')
    .describe('HTTP: by which headers backends are told who asked'),
  keepAlive: keepAlive('clients are'),
  access: accessSchema.optional().describe('Who may connect here'),
  tls: frontendTlsSchema.optional().describe('Clients speak TLS'),
  redirect: z
    .literal('https')
    .optional()
    .describe('HTTP: answers every request by a redirect to the first frontend of the app that speaks TLS'),
});

/** One of `apps`. */
export const appSchema = z.strictObject({
  name: name().describe('Name of the app, and of the upstream that it owns'),
  protocol: z
    .enum(['http', 'tcp'])
    .optional()
    .describe('What is spoken; may be left out where `targets` is given: tcp'),
  frontends: z.array(frontendSchema).min(1).optional().describe('Where clients connect'),
  ports: z.array(ports()).min(1).optional().describe('Short for `frontends`: ports on every IPv4 interface'),
  backends: backendsSchema.optional(),
  targets: backendsSchema.optional().describe('Short for `backends`'),
  upstream: name().optional().describe('Name of the upstream that takes what no route matches'),
  routes: z
    .array(routeSchema)
    .default([])
    .describe('Which requests, or TLS clients of a TCP app, go to another upstream'),
  ...policyShape,
  timeouts: appTimeoutsSchema.prefault({}).describe('Limits in time'),
  access: accessSchema.optional().describe('Who may connect, to all of its frontends together'),
  halfClose: z
    .boolean()
    .default(true)
    .describe('TCP: whether the end of one side leaves the other direction open; else both are closed then'),
  filters: z
    .array(pluginUseSchema())
    .default([])
    .describe('HTTP: what sees and changes requests and responses, in this order'),
  limits: limitsSchema.prefault({}).describe('HTTP: what a client may send'),
});

export type FrontendInput = z.output<typeof frontendSchema>;
export type AppInput = z.output<typeof appSchema>;
