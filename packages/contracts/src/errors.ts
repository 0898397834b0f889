/**
 * The base of every error that Millpond throws to a caller.
 *
 * Match {@link MillpondError.code}; it is stable. Never match the message, and never use `instanceof` across packages:
 * two copies of this package may be installed.
 */
export class MillpondError extends Error {
  override readonly name: string = 'MillpondError';
  /** Stable and greppable: `ERR_` and the part that threw it, for example `ERR_POOL_ACQUIRE_TIMEOUT`. */
  readonly code: string;

  /**
   * @param code - see {@link MillpondError.code}
   * @param message - what happened, the limit that was hit, and what to do next
   * @param options - `cause`: the error underneath, where there is one
   */
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
