import { MillpondError } from '@millpond/contracts';
import type { Backend } from '@millpond/contracts';
import { backendObjectSchema } from './backend-input.ts';
import { invalidBackend } from './invalid-backend.ts';
import { parseAddress } from './parse-address.ts';
import type { BackendScheme } from './parse-address.ts';

/**
 * Reads one backend. Its id, where none is given, is its URL in the one way in which it is written, so that it stays
 * the same from start to start.
 *
 * @param input - a {@link BackendInput}; anything else is refused
 * @param defaultScheme - what an address without a scheme stands for
 * @throws ERR_DISCOVERY_INVALID_BACKEND - says what is wrong and what was expected
 */
export function parseBackend(input: unknown, defaultScheme: BackendScheme): Backend {
  const { url: written, weight, priority, id } = readObject(typeof input === 'string' ? { url: input } : input);
  const { address, url, tls } = parseAddress(written, defaultScheme);
  return { id: id ?? url, address, url, weight, priority, ...(tls && { tls }) };
}

/**
 * Reads a list of backends.
 *
 * @throws ERR_DISCOVERY_INVALID_BACKEND - see {@link parseBackend}
 * @throws ERR_DISCOVERY_DUPLICATE_BACKEND - see {@link assertDistinct}
 */
export function parseBackends(inputs: readonly unknown[], defaultScheme: BackendScheme): readonly Backend[] {
  const backends = inputs.map((input) => parseBackend(input, defaultScheme));
  assertDistinct(backends);
  return backends;
}

/** @throws ERR_DISCOVERY_DUPLICATE_BACKEND - two of `backends` have the same id */
export function assertDistinct(backends: readonly Backend[]): void {
  const ids = new Set<string>();
  for (const { id } of backends) {
    if (ids.has(id)) {
      throw new MillpondError(
        'ERR_DISCOVERY_DUPLICATE_BACKEND',
        `Two backends have the id ${id}; leave one out, raise the weight of the other, or give each an id of its own.`,
      );
    }
    ids.add(id);
  }
}

function readObject(input: unknown) {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw invalidBackend(
      input,
      'expected an address, or an object with url and, where wanted, weight, priority and id',
    );
  }
  const checked = backendObjectSchema.safeParse(input);
  if (checked.success) return checked.data;
  const problems = checked.error.issues.map(({ path, message }) => [...path, message].join(': '));
  throw invalidBackend(input, problems.join('; '));
}
