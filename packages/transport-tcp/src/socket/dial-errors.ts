import { MillpondError, type Address } from '@millpond/contracts';
import { formatAddress } from '../format-address.ts';

export function connectFailed(address: Address, cause: Error | undefined): MillpondError {
  return new MillpondError(
    'ERR_TCP_CONNECT_FAILED',
    `Cannot connect to ${formatAddress(address)}: ${reason(cause)}. Check that the backend runs and listens there.`,
    { cause },
  );
}

function reason(cause: Error | undefined): string {
  if (cause === undefined) return 'closed before it was open';
  // A name with several addresses fails with one error for each, and no message of its own.
  return cause instanceof AggregateError ? cause.errors.map(String).join('; ') : cause.message;
}

export function connectTimedOut(address: Address, timeoutMs: number): MillpondError {
  return new MillpondError(
    'ERR_TCP_CONNECT_TIMEOUT',
    `No connection to ${formatAddress(address)} within ${timeoutMs} ms. Check the network in between, or allow more time.`,
  );
}
