import { z } from 'zod';
import { addressRange, count, duration } from './values.ts';

const rateSchema = z.strictObject({
  connections: count(1).describe('Connections that one client may open…'),
  per: duration(1).prefault('1s').describe('…within this, on average'),
  burst: count(1).optional().describe('Those that it may open at once; `connections` unless given'),
});

/** `access` of an app, or of a frontend. */
export const accessSchema = z.strictObject({
  allow: z.array(addressRange()).optional().describe('Addresses and ranges that alone may connect; all unless given'),
  deny: z.array(addressRange()).default([]).describe('Addresses and ranges that may not'),
  rate: rateSchema.optional().describe('How often one client may connect'),
  maxConnections: count().default(0).describe('Connections that may be open at once; 0 is no limit'),
});

export type AccessInput = z.output<typeof accessSchema>;
