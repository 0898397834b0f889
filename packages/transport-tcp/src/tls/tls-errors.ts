import { MillpondError } from '@millpond/contracts';

/** What an error underneath means, by its code. OpenSSL's names change a little from version to version. */
type Reasons = readonly (readonly [code: RegExp, reason: string])[];

const BACKEND_REASONS: Reasons = [
  [/CERT_HAS_EXPIRED/, 'its certificate has expired. Renew it.'],
  [/CERT_NOT_YET_VALID/, 'its certificate is not valid yet. Look at the clocks of both machines.'],
  [
    /SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE/,
    'nobody who is trusted here has signed its certificate. Name who has in `tls.ca`.',
  ],
  [/ALTNAME_INVALID/, 'its certificate is for another name. Say in `tls.servername` which one it must have.'],
  [/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG/, 'it speaks no TLS there. Check the port, and the scheme in its URL.'],
  [/UNSUPPORTED_PROTOCOL|ALERT_PROTOCOL_VERSION/, 'it speaks no version of TLS that is allowed. See `tls.minVersion`.'],
  [/ALERT_.*(HANDSHAKE_FAILURE|CERTIFICATE|UNKNOWN_CA)/, 'it refuses. It may want another `tls.cert`, or one at all.'],
  [/ECONNRESET/, 'it closed the connection. Check that it speaks TLS there, and whether it wants a certificate.'],
];

const CLIENT_REASONS: Reasons = [
  [/HTTP_REQUEST/, 'it speaks plain HTTP'],
  [/DID_NOT_RETURN_A_CERTIFICATE/, 'it has no certificate'],
  [/UNSUPPORTED_PROTOCOL/, 'it speaks no version of TLS that is allowed'],
  [/WRONG_VERSION_NUMBER/, 'it speaks no TLS'],
  [/ECONNRESET/, 'it went away'],
];

/** Certificates, keys or authorities that cannot be used. @param what - what is wrong, and what to do */
export function invalidCertificate(what: string, cause?: unknown): MillpondError {
  return new MillpondError('ERR_TLS_INVALID_CERTIFICATE', what, cause === undefined ? undefined : { cause });
}

/** A backend was reached, and no TLS connection came of it. @param address - of the backend, as people write it */
export function backendHandshakeFailed(address: string, cause: Error | undefined): MillpondError {
  const why = reasonOf(cause, BACKEND_REASONS) ?? `${messageOf(cause)}.`;
  return handshakeFailed(`No TLS connection to ${address}: ${why}`, cause);
}

/** A client has connected, and no TLS connection came of it. @param address - of the client; may be empty */
export function clientHandshakeFailed(address: string, cause: Error | undefined): MillpondError {
  const why = reasonOf(cause, CLIENT_REASONS) ?? messageOf(cause);
  return handshakeFailed(`No TLS connection with the client${address === '' ? '' : ` ${address}`}: ${why}.`, cause);
}

/** A client was too slow. */
export function clientHandshakeTimedOut(address: string, timeoutMs: number): MillpondError {
  return handshakeFailed(
    `No TLS connection with the client${address === '' ? '' : ` ${address}`}: its handshake took longer than ${timeoutMs} ms.`,
  );
}

/** A client that has to show a certificate has shown one that is not valid. @param why - as OpenSSL says it */
export function clientNotAuthorized(address: string, why: unknown): MillpondError {
  return handshakeFailed(
    `No TLS connection with the client${address === '' ? '' : ` ${address}`}: its certificate is not valid (${String(why)}).`,
  );
}

function handshakeFailed(message: string, cause?: Error): MillpondError {
  return new MillpondError('ERR_TLS_HANDSHAKE_FAILED', message, cause === undefined ? undefined : { cause });
}

function reasonOf(cause: Error | undefined, reasons: Reasons): string | undefined {
  const code = cause !== undefined && 'code' in cause ? String(cause.code) : '';
  return reasons.find(([known]) => known.test(code))?.[1];
}

function messageOf(cause: Error | undefined): string {
  return cause === undefined ? 'closed before it was there' : cause.message;
}
