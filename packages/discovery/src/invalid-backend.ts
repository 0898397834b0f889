import { MillpondError } from '@millpond/contracts';

/** What an address may look like, as errors say it. */
const EXPECTED =
  'host:port, http://host:port, https://host:port, tcp://host:port, tls://host:port or unix:/path, with IPv6 addresses in brackets';

/** An ERR_DISCOVERY_INVALID_BACKEND for `input`, of which `problem` is wrong. */
export function invalidBackend(input: unknown, problem: string): MillpondError {
  return new MillpondError('ERR_DISCOVERY_INVALID_BACKEND', `${JSON.stringify(input)} is not a backend: ${problem}.`);
}

/** An ERR_DISCOVERY_INVALID_BACKEND for an address, with what would have been one. */
export function invalidAddress(url: string, problem: string): MillpondError {
  return invalidBackend(url, `${problem}; expected ${EXPECTED}`);
}
