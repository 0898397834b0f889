import { z } from 'zod';
import { count, duration, pingBytes } from './values.ts';

const pingSchema = z.strictObject({
  interval: duration(1)
    .prefault('30s')
    .describe('An idle connection is asked after this, less up to a quarter at random'),
  send: pingBytes().describe('What it is asked: a text, or { hex }'),
  expect: pingBytes().describe('How the whole answer ends'),
});

/** `pool`: the connections that are kept to each backend. */
export const poolSchema = z.strictObject({
  max: count(1).default(100).describe('Most connections to one backend'),
  maxTotal: count()
    .default(0)
    .describe('Most requests, or TCP clients, at once on all backends together; 0 is no limit'),
  minIdle: count().default(0).describe('Idle connections that are opened ahead of need'),
  maxIdle: count().optional().describe('Most idle connections that are kept; `max` unless given'),
  maxWaiting: count().default(1024).describe('Most requests that wait for a connection; more are refused'),
  acquireTimeout: duration().prefault('5s').describe('Longest wait for a connection; 0 is no limit'),
  dialDelay: duration()
    .prefault(0)
    .describe('How long a waiting request is left to take a returned connection before another is dialled'),
  idleTimeout: duration().prefault('90s').describe('An idle connection is closed after this; 0 is never'),
  maxLifetime: duration().prefault('30m').describe('A connection is replaced after this; 0 is never'),
  order: z
    .enum(['lifo', 'fifo'])
    .default('lifo')
    .describe('Whether the idle connection that was used last, or first, is taken'),
  serverSpeaksFirst: z
    .boolean()
    .default(false)
    .describe('TCP: what a backend says on an idle connection is kept for the client; else that connection is closed'),
  ping: pingSchema
    .optional()
    .describe('TCP: how idle connections are asked whether they are still good; they are not unless given'),
});

export type PoolInput = z.output<typeof poolSchema>;
