import { formatAddress } from '@millpond/proxy';
import type { Proxy } from '@millpond/proxy';

type Address = Proxy['addresses'][number]['address'];

/** What the demo says when it is open; JSON for programs. */
export function describeDemo(
  { addresses, adminAddress }: Pick<Proxy, 'addresses' | 'adminAddress'>,
  backends: readonly string[],
  asJson: boolean,
): string {
  const proxy = url(addresses[0]?.address);
  const admin = url(adminAddress);
  if (asJson) return `${JSON.stringify({ proxy, admin, backends })}\n`;
  return `Millpond shares requests among ${backends.length} small backends of its own.

  curl ${proxy}/             every answer names the backend that gave it
  curl ${admin}/metrics      what happened so far, in figures

Ctrl-C stops it.
`;
}

function url(address: Address | undefined): string | undefined {
  if (address === undefined) return undefined;
  if ('path' in address) return formatAddress(address);
  const isAny = address.host === '0.0.0.0' || address.host === '::';
  return `http://${formatAddress(isAny ? { host: 'localhost', port: address.port } : address)}`;
}
