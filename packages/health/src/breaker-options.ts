import { z } from 'zod';

/** When a circuit breaker opens, and for how long. */
export interface BreakerOptions {
  /**
   * Opens when more than this percentage of the exchanges of the last 10 s failed; at 100 it never opens.
   *
   * @defaultValue 50
   */
  readonly errorThreshold?: number | undefined;
  /**
   * Stays closed while fewer exchanges than this were answered or failed within the last 10 s.
   *
   * @defaultValue 20
   */
  readonly minimumRequests?: number | undefined;
  /**
   * Milliseconds from opening until one exchange is let through as a trial.
   *
   * @defaultValue 10000
   */
  readonly resetTimeoutMs?: number | undefined;
}

/** Checks {@link BreakerOptions} and fills in the defaults. */
export const breakerOptions = z.strictObject({
  errorThreshold: z.number().min(0).max(100).default(50),
  minimumRequests: z.int().min(1).default(20),
  resetTimeoutMs: z.number().positive().default(10_000),
}) satisfies z.ZodType<unknown, BreakerOptions>;
