/** Fields that say who asked (RFC 7239, and what was in use before it). */
export type ClaimField = 'forwarded' | 'x-forwarded-for' | 'x-forwarded-host' | 'x-forwarded-proto';

/**
 * What a request says of who asked. Anybody can say it, so it counts only where the sender is trusted. A field that is
 * not there is empty; several of one name are one list.
 */
export type Claims = Readonly<ClaimsInProgress>;

/** Claims that are being read. */
export type ClaimsInProgress = Record<ClaimField, string>;

/** Notes one more; the first makes the object, which most requests do without. */
export function noteClaim(noted: ClaimsInProgress | undefined, name: ClaimField, value: string): ClaimsInProgress {
  const claims = noted ?? { forwarded: '', 'x-forwarded-for': '', 'x-forwarded-host': '', 'x-forwarded-proto': '' };
  claims[name] = claims[name] === '' ? value : `${claims[name]}, ${value}`;
  return claims;
}
