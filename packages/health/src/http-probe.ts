import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as requestByTls, type RequestOptions } from 'node:https';
import { connect } from 'node:net';
import { definePlugin, MillpondError, type Backend, type CheckOptions, type Probe } from '@millpond/contracts';
import type { z } from 'zod';
import { BodySearch } from './body-search.ts';
import { describeError } from './describe-error.ts';
import { httpProbeOptions, type HttpProbeOptions } from './http-probe-options.ts';
import { parseOptions } from './parse-options.ts';
import { probeTls } from './probe-tls.ts';
import { proxyPreamble } from './proxy-preamble.ts';
import { formatStatuses, includesStatus, type StatusRange } from './status-ranges.ts';

/** Characters. */
const BODY_LIMIT = 64 * 1024;

type Options = z.output<typeof httpProbeOptions>;

/**
 * Healthy is what gives an expected answer to a request. Each check has a connection of its own, which is closed as
 * soon as the answer is known to be good or bad: without `body`, when its head is there.
 *
 * `check` rejects with ERR_PROBE_CONNECT_FAILED, ERR_PROBE_BAD_RESPONSE, ERR_PROBE_STATUS or ERR_PROBE_BODY.
 *
 * @throws ERR_HEALTH_INVALID_OPTION
 */
export function httpProbe(options: HttpProbeOptions = {}): Probe {
  return createProbe(parseOptions('the http probe', httpProbeOptions, options));
}

/** {@link httpProbe} as the plugin `http`, with {@link HttpProbeOptions}. */
export const httpProbePlugin = definePlugin({
  kind: 'probe',
  name: 'http',
  apiVersion: 1,
  options: httpProbeOptions,
  create: createProbe,
});

function createProbe(options: Options): Probe {
  return {
    check: async (backend, connectOptions) => {
      const what = `${options.method} ${options.path} of ${backend.url}`;
      const outgoing = (backend.tls ? requestByTls : request)(requestOptions(options, backend, connectOptions));
      try {
        const response = await answer(outgoing, backend, what);
        checkStatus(options.expect, response, what);
        if (options.body !== undefined) await checkBody(options.body, response, what);
      } finally {
        outgoing.destroy();
      }
    },
  };
}

function requestOptions(
  { path, method, host, headers }: Options,
  backend: Backend,
  checkOptions: CheckOptions,
): RequestOptions {
  const { signal, tls } = checkOptions;
  const { address } = backend;
  const target = 'path' in address ? { socketPath: address.path } : { host: address.host, port: address.port };
  const defaults = { 'user-agent': 'millpond-probe', host: host ?? authority(backend) };
  const message = { ...target, path, method, headers: { ...defaults, ...headers }, signal };
  if (backend.tls) return { ...probeTls(backend, tls, ['http/1.1']), ...message, agent: false };
  const preamble = proxyPreamble(checkOptions);
  if (preamble === '') return { ...message, agent: false };
  const createConnection = () => {
    const socket = connect(address);
    socket.write(preamble, 'latin1');
    return socket;
  };
  return { ...message, createConnection };
}

/** As a browser would put it into Host; a backend is known by its URL, whatever that resolves to. */
function authority({ url, address }: Backend): string {
  if (URL.canParse(url)) {
    const { host } = new URL(url);
    if (host !== '') return host;
  }
  return 'path' in address ? 'localhost' : url;
}

function answer(outgoing: ClientRequest, { tls }: Backend, what: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let connected = false;
    outgoing.on('socket', (socket) => socket.once(tls ? 'secureConnect' : 'connect', () => (connected = true)));
    outgoing.on('response', resolve);
    // Stays on for what still comes after the verdict: that is no fault, and must not be thrown.
    outgoing.on('error', (error) => {
      if (connected) return reject(badResponse(what, error));
      const message = `${what}: ${describeError(error)}`;
      reject(new MillpondError('ERR_PROBE_CONNECT_FAILED', message, { cause: error }));
    });
    // Without an error when the protocol is changed unasked. After 'response' or 'error' it is of no effect.
    outgoing.on('close', () => reject(badResponse(what, 'closed without an answer')));
    outgoing.end();
  });
}

function checkStatus(expect: readonly StatusRange[], { statusCode = 0 }: IncomingMessage, what: string): void {
  if (includesStatus(expect, statusCode)) return;
  const message = `${what} answered ${statusCode}; healthy is ${formatStatuses(expect)}.`;
  throw new MillpondError('ERR_PROBE_STATUS', message);
}

async function checkBody(text: string, response: IncomingMessage, what: string): Promise<void> {
  const search = new BodySearch(text);
  let read = 0;
  try {
    for await (const piece of response.setEncoding('utf8')) {
      if (search.push(String(piece))) return;
      read += String(piece).length;
      if (read >= BODY_LIMIT) break;
    }
  } catch (error) {
    throw badResponse(what, error);
  }
  const message = `${what}: the ${read} characters that were read of its body lack ${JSON.stringify(text)}.`;
  throw new MillpondError('ERR_PROBE_BODY', message);
}

function badResponse(what: string, cause: unknown): MillpondError {
  return new MillpondError('ERR_PROBE_BAD_RESPONSE', `${what}: ${describeError(cause)}`, { cause });
}
