import { isIP, SocketAddress } from 'node:net';

/** Longest text that can be an IP address: an IPv6 one with an IPv4 one at its end. */
const MAX_LENGTH = 45;
/** How an IPv4 address begins that an IPv6 socket accepted (RFC 4291 §2.5.5.2). */
const MAPPED_IPV4 = '::ffff:';

/**
 * The IP address that `text` is, in the one form that each has: IPv6 as RFC 5952 writes it, without a zone, and IPv4 where
 * it was mapped into IPv6. So equal addresses are equal strings, whoever wrote them.
 *
 * @returns undefined if it is none
 */
export function canonicalAddress(text: string): string | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const family = isIP(text);
  if (family !== 6) return family === 4 ? text : undefined;
  const { address } = new SocketAddress({ address: text, family: 'ipv6' });
  return address.startsWith(MAPPED_IPV4) && address.includes('.') ? address.slice(MAPPED_IPV4.length) : address;
}
