import { isIPv4, isIPv6 } from 'node:net';
import type { Address } from '@millpond/contracts';
import { ProxyHeaderFault, type ProxyHeader } from './header.ts';

/** How every header of version 1 begins. */
export const V1_START = Buffer.from('PROXY ', 'latin1');

/** The longest line, with its end: two IPv6 addresses in full, and two ports. */
export const MAX_V1_LENGTH = 107;

const PORT = /^(?:0|[1-9]\d{0,4})$/;
const NOBODY: ProxyHeader = { source: undefined, destination: undefined, tlvs: [] };

/** Reads a line of version 1, without its end. @throws ProxyHeaderFault */
export function parseV1(line: string): ProxyHeader {
  const [, family, ...fields] = line.split(' ');
  // What follows UNKNOWN is to be ignored.
  if (family === 'UNKNOWN') return NOBODY;
  const isAddress = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isIPv6 : undefined;
  if (isAddress === undefined) throw new ProxyHeaderFault('it names neither TCP4, TCP6 nor UNKNOWN');
  const [source = '', destination = '', sourcePort = '', destinationPort = '', ...more] = fields;
  for (const address of [source, destination]) {
    if (!isAddress(address) || address.includes('%'))
      throw new ProxyHeaderFault(`it has no ${family} address where one must be`);
  }
  if (more.length > 0) throw new ProxyHeaderFault('it has more than two addresses and two ports');
  return {
    source: { host: source, port: toPort(sourcePort) },
    destination: { host: destination, port: toPort(destinationPort) },
    tlvs: [],
  };
}

/** Writes a header of version 1; what it has no words for is UNKNOWN. */
export function encodeV1({ source, destination, local, datagram }: ProxyHeader): string {
  if (local === true || datagram === true || !isTcp(source) || !isTcp(destination)) return 'PROXY UNKNOWN\r\n';
  const isV4 = isIPv4(source.host) && isIPv4(destination.host);
  const write = (host: string): string => (!isV4 && isIPv4(host) ? `::ffff:${host}` : host);
  const addresses = `${write(source.host)} ${write(destination.host)}`;
  return `PROXY ${isV4 ? 'TCP4' : 'TCP6'} ${addresses} ${source.port} ${destination.port}\r\n`;
}

function isTcp(address: Address | undefined): address is Extract<Address, { readonly host: string }> {
  return address !== undefined && 'host' in address;
}

function toPort(text: string): number {
  if (!PORT.test(text) || Number(text) > 65_535) throw new ProxyHeaderFault('it has no port where one must be');
  return Number(text);
}
