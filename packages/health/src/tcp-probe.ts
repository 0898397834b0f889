import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { definePlugin, MillpondError, type Probe } from '@millpond/contracts';
import { z } from 'zod';
import { describeError } from './describe-error.ts';
import { probeTls } from './probe-tls.ts';

/**
 * Healthy is what accepts a TCP connection, and where it speaks TLS, whose handshake is good. The connection is closed at
 * once, without a byte.
 *
 * `check` rejects with ERR_PROBE_CONNECT_FAILED.
 */
export function tcpProbe(): Probe {
  return {
    check: (backend, { signal, tls }) =>
      new Promise((resolve, reject) => {
        const { address, url } = backend;
        const tcp = connect({ ...address, signal });
        const socket = backend.tls ? connectTls({ ...probeTls(backend, tls), socket: tcp }) : tcp;
        socket.once(backend.tls ? 'secureConnect' : 'connect', () => {
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
