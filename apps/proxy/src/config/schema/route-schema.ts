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
          'The Host of the request, without a port, in any case; `*.example.com` is every host below that domain',
        ),
      path: z
        .string()
        .regex(/^\/[^?#\s]*$/, 'expected a path that begins with "/", without a query')
        .optional()
        .describe('The beginning of the path, up to a "/" or the end'),
    })
    .describe('What a request must have; an exact host wins, then the longest path, then the first route'),
  upstream: name().describe('Where such requests go'),
  timeouts: routeTimeoutsSchema.prefault({}).describe('Limits in time that differ from those of the app'),
});

export type RouteInput = z.output<typeof routeSchema>;
