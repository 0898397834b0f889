import type { Address } from '@millpond/contracts';

/** `host:port` or the path of a UNIX socket, for people. */
export function formatAddress(address: Address): string {
  if ('path' in address) return `unix:${address.path}`;
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}
