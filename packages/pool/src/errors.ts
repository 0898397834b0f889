import { inspect } from 'node:util';
import { MillpondError } from '@millpond/contracts';
import type { PoolStats } from './pool-stats.ts';

/** Nothing was to be had: ERR_POOL_ACQUIRE_TIMEOUT and ERR_POOL_QUEUE_FULL. */
export class PoolExhaustedError extends MillpondError {
  /** The pool at the moment of the failure. */
  readonly stats: PoolStats;

  constructor(code: string, message: string, stats: PoolStats, options?: ErrorOptions) {
    super(code, `${message} ${describe(stats)}`, options);
    this.stats = stats;
  }
}

function describe({ active, max, idle, creating, pending }: PoolStats): string {
  return `Lent: ${active} of ${max}; idle: ${idle}; being created: ${creating}; waiting: ${pending}.`;
}

/** @param lastFailure - why the last resource could not be created, if none was created since */
export function acquireTimeout(timeoutMs: number, stats: PoolStats, lastFailure: unknown): MillpondError {
  const message =
    `No resource came free within ${timeoutMs} ms. ` +
    'Raise max or acquireTimeoutMs, hold leases for less time, or look for leases that are never released.';
  return new PoolExhaustedError('ERR_POOL_ACQUIRE_TIMEOUT', message, stats, causedBy(lastFailure));
}

export function queueFull(maxWaiting: number, stats: PoolStats, lastFailure: unknown): MillpondError {
  const message =
    `All resources are busy and ${maxWaiting} callers wait already, which is maxWaiting. ` +
    'Shed load, or raise max or maxWaiting.';
  return new PoolExhaustedError('ERR_POOL_QUEUE_FULL', message, stats, causedBy(lastFailure));
}

export function aborted(reason: unknown): MillpondError {
  return new MillpondError('ERR_POOL_ABORTED', "Gave up because the caller's signal was aborted.", { cause: reason });
}

export function draining(): MillpondError {
  return new MillpondError('ERR_POOL_DRAINING', 'The pool is closed or closing and lends no more; make a new one.');
}

export function createFailed(cause: unknown): MillpondError {
  const message = `A resource could not be created: ${cause instanceof Error ? cause.message : inspect(cause)}`;
  return new MillpondError('ERR_POOL_CREATE_FAILED', message, { cause });
}

export function createTimeout(timeoutMs: number): MillpondError {
  const message = `The factory did not create a resource within ${timeoutMs} ms, which is createTimeoutMs.`;
  return new MillpondError('ERR_POOL_CREATE_TIMEOUT', message);
}

export function diedAtBirth(): MillpondError {
  return new MillpondError('ERR_POOL_DIED_AT_BIRTH', 'The resource died before the factory had finished creating it.');
}

export function leaseEnded(): MillpondError {
  return new MillpondError(
    'ERR_POOL_LEASE_ENDED',
    'The lease has been released, destroyed, replaced or drained; acquire a new one.',
  );
}

export function invalidOption(name: string, value: unknown, expected: string): MillpondError {
  return new MillpondError('ERR_POOL_INVALID_OPTION', `${name} must be ${expected}, but is ${inspect(value)}.`);
}

export function unknownOption(name: string, known: readonly string[]): MillpondError {
  return new MillpondError('ERR_POOL_INVALID_OPTION', `There is no option ${name}; there are ${known.join(', ')}.`);
}

function causedBy(cause: unknown): ErrorOptions {
  return cause === undefined ? {} : { cause };
}
