import { connect } from 'node:net';
import { definePlugin, MillpondError, type Probe } from '@millpond/contracts';
import { z } from 'zod';
import { describeError } from './describe-error.ts';

/**
 * Healthy is what accepts a TCP connection. It is closed at once, without a byte.
 *
 * `check` rejects with ERR_PROBE_CONNECT_FAILED.
 */
export function tcpProbe(): Probe {
  return {
    check: ({ address, url }, { signal }) =>
      new Promise((resolve, reject) => {
        const socket = connect({ ...address, signal });
        socket.once('connect', () => {
          socket.destroy();
          resolve();
        });
        socket.on('error', (error) => {
          const message = `Could not connect to ${url}: ${describeError(error)}`;
          reject(new MillpondError('ERR_PROBE_CONNECT_FAILED', message, { cause: error }));
        });
      }),
  };
}

/** {@link tcpProbe} as the plugin `tcp`; it has no options. */
export const tcpProbePlugin = definePlugin({
  kind: 'probe',
  name: 'tcp',
  apiVersion: 1,
  options: z.strictObject({}),
  create: tcpProbe,
});
