/** Fields that say who asked (RFC 7239, and what was in use before it). */
export type ClaimField = 'forwarded' | 'x-forwarded-for' | 'x-forwarded-host' | 'x-forwarded-proto';

/**
 * What a request says of who asked. Anybody can say it, so it counts only where the sender is trusted. A field that is
 * not there is empty; several of one name are one list.
 */
export type Claims = Readonly<Record<ClaimField, string>>;

/** The claims with one more. */
export function withClaim(claims: Claims | undefined, name: ClaimField, value: string): Claims {
  const before = claims ?? { forwarded: '', 'x-forwarded-for': '', 'x-forwarded-host': '', 'x-forwarded-proto': '' };
  return { ...before, [name]: before[name] === '' ? value : `${before[name]}, ${value}` };
}
