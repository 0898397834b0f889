import { z } from 'zod';
import { duration } from './values.ts';

const connect = duration(1).prefault('10s').describe('To open a connection to a backend');
const request = duration().describe('HTTP: from the whole request to the head of its response; 0 is no limit');
const idle = duration().describe('Without a byte in either direction; 0 is no limit');
const tunnel = duration().describe(
  'HTTP: without a byte in either direction after a switch of protocols, as to WebSocket; 0 is no limit',
);

/** `timeouts` of an app. */
export const appTimeoutsSchema = z.strictObject({
  connect,
  request: request.prefault('30s'),
  idle: idle.prefault('60s'),
  header: duration()
    .prefault('10s')
    .describe(
      'Of a TLS handshake and of a PROXY header; HTTP: from the first byte of a request to the end of its head; 0 is no limit',
    ),
  tunnel: tunnel.prefault('1h'),
  fin: duration()
    .prefault('30s')
    .describe('TCP: without a byte once one side has ended, where that is shorter than `idle`; 0 is no other limit'),
  session: duration().prefault(0).describe('TCP: until a connection is cut off, whatever happens on it; 0 is no limit'),
});

/** `timeouts` of an upstream. */
export const upstreamTimeoutsSchema = z.strictObject({ connect });

/** `timeouts` of a route; what is absent is the app's. */
export const routeTimeoutsSchema = z.strictObject({
  request: request.optional(),
  idle: idle.optional(),
  tunnel: tunnel.optional(),
});
