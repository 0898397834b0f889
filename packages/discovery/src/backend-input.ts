import { z } from 'zod';

/** A backend with what differs from the defaults. */
export const backendObjectSchema = z.strictObject({
  /** `host:port`, `http(s)://host:port`, `tcp://host:port`, `tls://host:port` or `unix:/path`; IPv6 addresses in brackets. */
  url: z.string(),
  /** Share of the traffic relative to the others; at 0 nothing new is sent to it. */
  weight: z.int().min(0).max(1000).default(1),
  /** Used only when no backend of a lower number can be. */
  priority: z.int().min(0).max(1000).default(0),
  /** Name in logs, metrics and the admin API; the normalised URL where absent. */
  id: z
    .string()
    .regex(/^[!-~]{1,128}$/, 'expected 1 to 128 visible ASCII characters, without spaces')
    .optional(),
});

/** A backend as a config or a caller writes it: its address alone, or with what differs from the defaults. */
export const backendInputSchema = z.union([z.string(), backendObjectSchema]);

/** See {@link backendInputSchema}. */
export type BackendInput = z.input<typeof backendInputSchema>;
