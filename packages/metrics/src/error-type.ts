import type { RequestEnd, RequestResult } from '@millpond/contracts';

/**
 * Why a request was not answered as it should have been.
 *
 * `unavailable`: no backend could be used; `queue-full` and `queue-timeout`: all connections were busy; the rest
 * as in `RequestResult`.
 */
export type ErrorType = Exclude<RequestResult, 'completed'> | NotRoutedType;

/** Errors of requests that never reached a backend. */
export type NotRoutedType = 'unavailable' | 'queue-full' | 'queue-timeout' | 'refused';

/** Why a request never reached a backend; undefined where it did. */
export function notRoutedType({ upstream, errorCode }: RequestEnd): NotRoutedType | undefined {
  switch (errorCode) {
    case 'ERR_UPSTREAM_UNAVAILABLE':
      return 'unavailable';
    case 'ERR_POOL_QUEUE_FULL':
      return 'queue-full';
    case 'ERR_POOL_ACQUIRE_TIMEOUT':
      return 'queue-timeout';
    case undefined:
      return undefined;
    default:
      return upstream === undefined ? 'refused' : undefined;
  }
}

/** What went wrong with a request; undefined where nothing did. */
export function errorType(end: RequestEnd): ErrorType | undefined {
  return notRoutedType(end) ?? (end.result === 'completed' ? undefined : end.result);
}
