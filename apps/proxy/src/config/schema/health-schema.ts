import { z } from 'zod';
import { count, duration } from './values.ts';

/** `health`: active probes of each backend. */
export const healthSchema = z.strictObject({
  probe: z
    .string()
    .min(1)
    .optional()
    .describe('Name of the probe: tcp, http or a plugin; http where `path` is given, else tcp'),
  path: z
    .string()
    .regex(/^\//, 'expected a path that begins with "/"')
    .optional()
    .describe('What the http probe asks for'),
  expect: z
    .union([z.int(), z.string(), z.array(z.union([z.int(), z.string()]))])
    .optional()
    .describe('Statuses that the http probe takes for healthy; 200 to 399 unless given'),
  options: z.record(z.string(), z.unknown()).optional().describe('What the probe itself defines'),
  interval: duration(10).prefault('5s').describe('Time between two probes of a backend; 1s at most while it is down'),
  timeout: duration(1).prefault('2s').describe('A probe fails after this'),
  unhealthyThreshold: count(1).default(3).describe('Failed probes in a row that take a backend out'),
  healthyThreshold: count(1).default(2).describe('Good probes in a row that bring it back'),
});

export type HealthInput = z.output<typeof healthSchema>;
