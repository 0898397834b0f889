/** Fields that say who asked (RFC 7239, and what was in use before it). */
export type ClaimField = 'forwarded' | 'x-forwarded-for' | 'x-forwarded-host' | 'x-forwarded-proto';

/**
 * What a request says of who asked. Anybody can say it, so it counts only where the sender is trusted. A field that is
 * not there is empty; several of one name are one list.
 */
export type Claims = Readonly<ClaimsInProgress>;

/** Claims that are being read. */
export type ClaimsInProgress = Record<ClaimField, string> & {
  /** Field lines of the other names that begin with `X-Forwarded-`. */
  others: string;
};

/** Notes one more; the first makes the object, which most requests do without. */
export function noteClaim(noted: ClaimsInProgress | undefined, name: ClaimField, value: string): ClaimsInProgress {
  const claims = noted ?? noClaims();
  claims[name] = claims[name] === '' ? value : `${claims[name]}, ${value}`;
  return claims;
}

/** Notes one of another name that begins with `x-forwarded-`: it is passed on as it is, or not at all. */
export function noteOtherClaim(noted: ClaimsInProgress | undefined, name: string, value: string): ClaimsInProgress {
  const claims = noted ?? noClaims();
  claims.others += `${name}: ${value}\r\n`;
  return claims;
}

function noClaims(): ClaimsInProgress {
  return { forwarded: '', 'x-forwarded-for': '', 'x-forwarded-host': '', 'x-forwarded-proto': '', others: '' };
}
