import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { definePlugin, MillpondError, type Probe } from '@millpond/contracts';
import { BodySearch } from './body-search.ts';
import { describeError } from './describe-error.ts';
import { probeTls } from './probe-tls.ts';
import { proxyPreamble } from './proxy-preamble.ts';
import { probeBytes, tcpProbeOptions, type TcpProbeOptions } from './tcp-probe-options.ts';

/** Bytes in which what is expected must stand. */
const MAX_ANSWER = 16_384;

/**
 * Healthy is what accepts a TCP connection, and where it speaks TLS, whose handshake is good; and what answers `send` by
 * `expect`, where these are given. Then the connection is closed at once.
 *
 * `check` rejects with ERR_PROBE_CONNECT_FAILED, or with ERR_PROBE_UNEXPECTED_ANSWER.
 */
export function tcpProbe({ send, expect }: TcpProbeOptions = {}): Probe {
  const question = send === undefined ? '' : probeBytes(send);
  const expected = expect === undefined ? undefined : probeBytes(expect);
  return {
    check: (backend, options) =>
      new Promise((resolve, reject) => {
        const { signal, tls } = options;
        const { address, url } = backend;
        const said = proxyPreamble(options) + question;
        const tcp = connect({ ...address, signal });
        const socket = backend.tls ? connectTls({ ...probeTls(backend, tls), socket: tcp }) : tcp;
        const fail = (why: string): void => {
          socket.destroy();
          reject(new MillpondError('ERR_PROBE_UNEXPECTED_ANSWER', `${url} ${why}`));
        };
        const pass = (): void => {
          socket.destroy();
          resolve();
        };
        socket.once(backend.tls ? 'secureConnect' : 'connect', () => {
          if (said !== '') socket.write(said, 'latin1');
          if (expected !== undefined) return;
          if (said === '') pass();
          else socket.end(pass);
        });
        socket.on('error', (error) => {
          const message = `Could not connect to ${url}: ${describeError(error)}`;
          reject(new MillpondError('ERR_PROBE_CONNECT_FAILED', message, { cause: error }));
        });
        if (expected === undefined) return;
        const search = new BodySearch(expected);
        let received = 0;
        socket.on('data', (chunk: Buffer) => {
          received += chunk.length;
          if (search.push(chunk.toString('latin1'))) pass();
          else if (received >= MAX_ANSWER) fail(`answered ${MAX_ANSWER} bytes without what was expected`);
        });
        socket.once('end', () => fail('ended the connection before it had answered what was expected'));
      }),
  };
}

/** {@link tcpProbe} as the plugin `tcp`. */
export const tcpProbePlugin = definePlugin({
  kind: 'probe',
  name: 'tcp',
  apiVersion: 1,
  options: tcpProbeOptions,
  create: tcpProbe,
});
