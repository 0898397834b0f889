import type { Backend } from '@millpond/contracts';
import { invalidOption } from './errors.ts';

/** The largest weight of a backend. */
export const MAX_WEIGHT = 1000;

/**
 * Checks a backend that may come from a program without types.
 *
 * @throws ERR_UPSTREAM_INVALID_OPTION
 */
export function checkBackend(backend: Backend): void {
  const given: unknown = backend;
  if (typeof given !== 'object' || given === null) {
    throw invalidOption('backend', given, 'an object of id, url, address, weight and priority');
  }
  const { id, url, address, weight, priority, tls }: Partial<Record<keyof Backend, unknown>> = backend;
  if (typeof id !== 'string' || id === '') throw invalidOption('backend.id', id, 'a text that is not empty');
  if (typeof url !== 'string') throw invalidOption('backend.url', url, 'a text');
  if (typeof address !== 'object' || address === null) {
    throw invalidOption('backend.address', address, '{ host, port } or { path }');
  }
  checkWeight('backend.weight', weight);
  if (!Number.isInteger(priority)) throw invalidOption('backend.priority', priority, 'a whole number');
  if (tls !== undefined && typeof tls !== 'boolean') throw invalidOption('backend.tls', tls, 'true or false');
}

/** @throws ERR_UPSTREAM_INVALID_OPTION - not a number from 0 to {@link MAX_WEIGHT} */
export function checkWeight(name: string, weight: unknown): void {
  if (typeof weight === 'number' && weight >= 0 && weight <= MAX_WEIGHT) return;
  throw invalidOption(name, weight, `a number from 0 to ${MAX_WEIGHT}`);
}
