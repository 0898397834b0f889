import { z } from 'zod';
import { routeTimeoutsSchema } from './timeouts-schema.ts';
import { name } from './values.ts';

/** One of `routes`. */
export const routeSchema = z.strictObject({
  match: z
    .strictObject({
      host: z
        .string()
        .regex(/^(?:(?:\*\.)?[\w.-]+|\[[\da-f:.]+\])$/i, 'expected a host name, or "*." and a domain, without a port')
        .optional()
        .describe(
          'HTTP: the Host of the request, without a port, in any case; `*.example.com` is every host below that domain',
        ),
      path: z
        .string()
        .regex(/^\/[^?#\s]*$/, 'expected a path that begins with "/", without a query')
        .optional()
        .describe('HTTP: the beginning of the path, up to a "/" or the end'),
      sni: z
        .string()
        .regex(/^(?:\*\.)?[\w-]+(?:\.[\w-]+)*$/i, 'expected a host name, or "*." and a domain')
        .optional()
        .describe('TCP: the server name that a TLS client asks for; `*.example.com` is every name below that domain'),
      alpn: z
        .array(z.string().min(1).max(255))
        .min(1)
        .optional()
        .describe('TCP: protocols, such as h2, of which a TLS client must offer one (ALPN)'),
    })
    .describe('What a client must ask for; an exact name wins, then the longest path, then the first route'),
  upstream: name().describe('Where such requests go'),
  timeouts: routeTimeoutsSchema.prefault({}).describe('Limits in time that differ from those of the app'),
});

export type RouteInput = z.output<typeof routeSchema>;
