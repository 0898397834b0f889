import { z } from 'zod';

/** How often a backend is checked, and how many results in a row it takes to believe them. */
export interface ProberOptions {
  /**
   * Milliseconds from the start of one check of a backend to the start of the next.
   *
   * @defaultValue 5000
   */
  readonly intervalMs?: number | undefined;
  /**
   * The same, while the backend is down or {@link Prober.suspect | suspected}.
   *
   * @defaultValue 1000
   */
  readonly downIntervalMs?: number | undefined;
  /**
   * Milliseconds after which a check has failed.
   *
   * @defaultValue 2000
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Each interval is lengthened or shortened at random by up to this share of it.
   *
   * @defaultValue 0.1
   */
  readonly jitter?: number | undefined;
  /**
   * Failures in a row after which a backend is down.
   *
   * @defaultValue 3
   */
  readonly unhealthyThreshold?: number | undefined;
  /**
   * Successes in a row after which it is up again.
   *
   * @defaultValue 2
   */
  readonly healthyThreshold?: number | undefined;
}

/** Checks {@link ProberOptions} and fills in the defaults. */
export const proberOptions = z.strictObject({
  intervalMs: z.number().positive().default(5000),
  downIntervalMs: z.number().positive().default(1000),
  timeoutMs: z.number().positive().default(2000),
  jitter: z.number().min(0).max(1).default(0.1),
  unhealthyThreshold: z.int().min(1).default(3),
  healthyThreshold: z.int().min(1).default(2),
}) satisfies z.ZodType<unknown, ProberOptions>;
