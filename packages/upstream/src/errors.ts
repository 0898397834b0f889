import { MillpondError } from '@millpond/contracts';

/** The code of an error, whoever made it. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** What is underneath an error that only wraps; else the error itself. */
export function causeOf(error: unknown): unknown {
  return codeOf(error) === 'ERR_POOL_CREATE_FAILED' && error instanceof Error ? error.cause : error;
}

/** Out of descriptors (of the process, of the system), of local ports, of memory. */
const SHORTAGES: ReadonlySet<unknown> = new Set(['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'ENOMEM']);

/** Whether a dial failed for want of something here, which says nothing of the backend. */
export function isLocalShortage(error: unknown): boolean {
  return error instanceof Error && (SHORTAGES.has(codeOf(error)) || SHORTAGES.has(codeOf(error.cause)));
}

export function unavailable(upstream: string): MillpondError {
  return new MillpondError(
    'ERR_UPSTREAM_UNAVAILABLE',
    `No backend of upstream ${upstream} may be used now: each is down, drained or stopped by its breaker, or there is none. ` +
      'Look at the states of its backends.',
  );
}

/** @param failure - why the last backend that was tried could not be connected to */
export function notConnected(upstream: string, tries: number, failure: unknown): MillpondError {
  const what = `No connection to upstream ${upstream}: ${tries === 1 ? '1 backend was' : `${tries} backends were`} tried, the last one`;
  return codeOf(failure) === 'ERR_POOL_CREATE_TIMEOUT' || codeOf(failure) === 'ERR_POOL_ACQUIRE_TIMEOUT'
    ? new MillpondError(
        'ERR_UPSTREAM_CONNECT_TIMEOUT',
        `${what} did not answer in time. Look at the network to it, or raise connectTimeoutMs.`,
        { cause: failure },
      )
    : new MillpondError(
        'ERR_UPSTREAM_CONNECT_FAILED',
        `${what} failed: ${failure instanceof Error ? failure.message : String(failure)}`,
        { cause: failure },
      );
}

export function aborted(reason: unknown): MillpondError {
  return new MillpondError('ERR_UPSTREAM_ABORTED', "Gave up because the caller's signal was aborted.", {
    cause: reason,
  });
}

export function leaseEnded(): MillpondError {
  return new MillpondError(
    'ERR_UPSTREAM_LEASE_ENDED',
    'The lease has been released or redialled; go on with the new lease, or acquire one.',
  );
}

export function closed(upstream: string): MillpondError {
  return new MillpondError('ERR_UPSTREAM_CLOSED', `Upstream ${upstream} is closed or closing; make a new one.`);
}

export function duplicateBackend(upstream: string, id: string): MillpondError {
  return new MillpondError(
    'ERR_UPSTREAM_DUPLICATE_BACKEND',
    `Upstream ${upstream} has a backend with the id ${id} already. Give it another id, or remove that one first.`,
  );
}

export function unknownBackend(upstream: string, id: string): MillpondError {
  return new MillpondError(
    'ERR_UPSTREAM_UNKNOWN_BACKEND',
    `Upstream ${upstream} has no backend with the id ${id}. See backends() for those it has.`,
  );
}

export function invalidOption(name: string, value: unknown, expected: string): MillpondError {
  return new MillpondError('ERR_UPSTREAM_INVALID_OPTION', `${name} must be ${expected}, but is ${String(value)}.`);
}
