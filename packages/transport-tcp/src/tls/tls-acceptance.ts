import type { Frontend, FrontendTls } from '@millpond/contracts';

/** How the clients of a port are spoken to over TLS. */
export interface TlsAcceptance {
  readonly settings: FrontendTls;
  /** Protocols that are spoken, the best one first (RFC 7301). @defaultValue clients are not told */
  readonly protocols?: readonly string[];
  /** Milliseconds within which a handshake must be done; 0 for two minutes. @defaultValue 10000 */
  readonly timeoutMs?: number;
}

/** How a frontend wants its clients to be accepted; undefined for one that speaks no TLS. */
export function frontendAcceptance(
  { tls, timeouts }: Frontend,
  protocols?: readonly string[],
): TlsAcceptance | undefined {
  return tls && { settings: tls, ...(protocols && { protocols }), ...(timeouts && { timeoutMs: timeouts.headerMs }) };
}
