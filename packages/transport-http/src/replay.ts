/** Methods that may be sent twice (RFC 9110 §9.2.2). A POST never is: that its connection was reused proves nothing. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** Whether a request with that method, to which no byte of an answer came, may be sent once more. */
export function isReplayable(method: string): boolean {
  return IDEMPOTENT.has(method);
}
