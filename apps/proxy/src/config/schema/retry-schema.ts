import { z } from 'zod';
import { count } from './values.ts';

/** `retry`: what is tried again, and how often. */
export const retrySchema = z.strictObject({
  attempts: count(1).default(2).describe('Other backends that are tried when one cannot be connected to'),
  on: z
    .array(z.enum(['connect-failure', 'stale-connection']))
    .default(['connect-failure', 'stale-connection'])
    .describe('What is tried again. A stale connection is replaced once, where it is safe to send the request anew'),
});
