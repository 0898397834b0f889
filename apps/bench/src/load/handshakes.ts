import { connect, createSecureContext, type SecureContext } from 'node:tls';
import type { LoadResult } from './load-result.ts';

/** Handshakes that are under way at a time. */
const AT_A_TIME = 16;

const TIMEOUT_MS = 5000;

const REQUEST = 'GET / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n';

/**
 * Makes a TLS connection for each request, from this process: wrk resumes sessions, which spares the server its
 * signature. A client on Node is slower than the servers that it asks, so there are no rates and latencies.
 *
 * @param bodyBytes - length of the body that is expected
 */
export async function runHandshakes(port: number, bodyBytes: number, seconds: number): Promise<LoadResult> {
  // One for all: making it takes a quarter of a connection's time. It resumes nothing, as no session is handed to it.
  const secureContext = createSecureContext({ minVersion: 'TLSv1.3' });
  const endAt = performance.now() + seconds * 1000;
  let requests = 0;
  let failures = 0;
  const client = async (): Promise<void> => {
    while (performance.now() < endAt) {
      if (isRight(await requestOnce(port, secureContext), bodyBytes)) requests += 1;
      else failures += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, client));
  return { requests, failures };
}

/** Resolves with all that was received; what goes wrong shows in it. */
function requestOnce(port: number, secureContext: SecureContext): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    // The certificate was checked before; here it would be work of the client's alone.
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, secureContext });
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy());
    socket.setEncoding('latin1').on('data', (text: string) => (answer += text));
    socket.once('secureConnect', () => socket.write(REQUEST));
    socket.on('error', () => undefined).once('close', () => resolve(answer));
  });
}

function isRight(answer: string, bodyBytes: number): boolean {
  return answer.startsWith('HTTP/1.1 200') && answer.length - answer.indexOf('\r\n\r\n') - 4 === bodyBytes;
}
