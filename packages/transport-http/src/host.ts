/** A host name, an IPv4 address or an IPv6 address in brackets, and an optional port (RFC 3986 §3.2.2, §3.2.3). */
const AUTHORITY = /^(?:(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{0,5}))?$/;

/** Whether `authority` can stand in a Host field: a host, no user, no path, no fragment, a port that exists. */
export function isValidAuthority(authority: string): boolean {
  const match = AUTHORITY.exec(authority);
  return match !== null && Number(match[1] ?? 0) <= 65_535;
}

/** The host of a valid authority: lower case, without its port. */
export function hostOf(authority: string): string {
  const colon = authority.lastIndexOf(':');
  const host = colon > authority.lastIndexOf(']') ? authority.slice(0, colon) : authority;
  return host.toLowerCase();
}
