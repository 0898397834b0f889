import { isIPv4, isIPv6 } from 'node:net';
import type { Address } from '@millpond/contracts';

const LISTEN = /^(?:\[(?<ipv6>[^\]]+)\]|(?<host>[\w.-]+))?:(?<port>\d{1,5})$/;

/** The address that listens on every IPv4 interface. */
export const ANY_HOST = '0.0.0.0';

/**
 * Reads an address to listen on: `127.0.0.1:8080`, `[::1]:8080`, `:8080` (every IPv4 interface), `unix:/run/pond.sock`.
 * Port 0 lets the system choose.
 *
 * @returns undefined if it is none
 */
export function parseListenAddress(text: string): Address | undefined {
  if (text.startsWith('unix:')) return text.length > 5 ? { path: text.slice(5) } : undefined;
  const { ipv6, host, port } = LISTEN.exec(text)?.groups ?? {};
  if (port === undefined || Number(port) > 65_535) return undefined;
  if (ipv6 !== undefined) return isIPv6(ipv6) ? { host: ipv6, port: Number(port) } : undefined;
  if (host !== undefined && /^[\d.]+$/.test(host) && !isIPv4(host)) return undefined;
  return { host: host ?? ANY_HOST, port: Number(port) };
}

/** Ports in one range, at the most. */
export const MAX_PORTS = 1024;

const PORT_RANGE = /^(?<host>.*):(?<first>\d{1,5})-(?<last>\d{1,5})$/;

/**
 * Reads an address as {@link parseListenAddress} does, or several that differ by their ports: `0.0.0.0:5000-5010`.
 *
 * @returns undefined if it is neither, or has more than {@link MAX_PORTS}
 */
export function parseListenRange(text: string): readonly Address[] | undefined {
  const { host = '', first, last } = (text.startsWith('unix:') ? null : PORT_RANGE.exec(text))?.groups ?? {};
  if (first === undefined) {
    const address = parseListenAddress(text);
    return address && [address];
  }
  const count = Number(last) - Number(first) + 1;
  if (count < 1 || count > MAX_PORTS || Number(first) === 0) return undefined;
  const addresses = Array.from({ length: count }, (_, index) => parseListenAddress(`${host}:${Number(first) + index}`));
  return addresses.every((address) => address !== undefined) ? addresses : undefined;
}

/** An address as people write it. */
export function formatAddress(address: Address): string {
  if ('path' in address) return `unix:${address.path}`;
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

/** Whether two addresses cannot be listened on at the same time. */
export function addressesClash(a: Address, b: Address): boolean {
  if ('path' in a || 'path' in b) return 'path' in a && 'path' in b && a.path === b.path;
  if (a.port !== b.port || a.port === 0) return false;
  return a.host.toLowerCase() === b.host.toLowerCase() || covers(a.host, b.host) || covers(b.host, a.host);
}

/** `::` takes IPv4 as well, as Node opens it dual-stack. */
function covers(any: string, host: string): boolean {
  return any === '::' || (any === ANY_HOST && !isIPv6(host));
}
