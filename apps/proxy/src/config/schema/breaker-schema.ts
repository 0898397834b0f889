import { z } from 'zod';
import { count, duration } from './values.ts';

/** `breaker`: the circuit breaker of each backend. */
export const breakerSchema = z.strictObject({
  errorThreshold: z.number().min(0).max(100).default(50).describe('Percent of failed requests that opens it'),
  minimumRequests: count(1).default(20).describe('Requests within 10 s before it may open'),
  resetTimeout: duration(1).prefault('10s').describe('One request is let through to try again after this'),
});
