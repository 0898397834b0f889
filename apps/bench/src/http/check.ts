import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { BenchError } from '../bench-error.ts';
import { ANSWER_BYTES } from './backend.ts';
import type { BackendPath } from './backend.ts';
import type { Target } from './target.ts';

const TIMEOUT_MS = 5000;

/**
 * Makes one request, to see that a peer does what it is measured by.
 *
 * @param body - sent by POST; none makes it a GET
 * @throws BenchError - there is no answer, or it is not the backend's
 */
export async function check(target: Target, path: BackendPath, body?: Uint8Array): Promise<void> {
  const options = {
    agent: false,
    method: body === undefined ? 'GET' : 'POST',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  };
  const url = target.url(path);
  const { certificate } = target;
  const request =
    certificate === undefined
      ? httpRequest(url, options)
      : httpsRequest(url, { ...options, ca: readFileSync(certificate.cert), minVersion: 'TLSv1.3' });
  try {
    const answered = once(request, 'response');
    request.end(body);
    const [response]: IncomingMessage[] = await answered;
    let bytes = 0;
    for await (const chunk of response ?? []) bytes += Buffer.byteLength(chunk);
    const expected = ANSWER_BYTES[path];
    if (response?.statusCode !== 200 || bytes !== expected) {
      throw new BenchError(
        `it answered ${path} with ${response?.statusCode} and ${bytes} bytes, not 200 and ${expected}`,
      );
    }
  } catch (error) {
    if (error instanceof BenchError) throw error;
    throw new BenchError(`it did not answer ${path}: ${error instanceof Error ? error.message : ''}`, { cause: error });
  }
}
