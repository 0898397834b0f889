import { isIPv4, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import type { Address } from '@millpond/contracts';
import { invalidAddress } from './invalid-backend.ts';

/** What a backend speaks. */
export type BackendScheme = 'http' | 'tcp';

/** An address, and the one way in which it is written. */
export interface ParsedAddress {
  readonly address: Address;
  /** `http://10.0.0.1:9001`, `10.0.0.1:5432` or `unix:/run/app.sock`. */
  readonly url: string;
}

const SHAPE =
  /^(?:(?<scheme>[a-z][a-z0-9+.-]*):\/\/)?(?<host>\[[^[\]]*\]|[^:/?#@[\]]*)(?::(?<port>\d*))?(?<rest>.*)$/is;
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?$/;
/** What ends in a number is an IPv4 address to every resolver (WHATWG URL, section 3.5); `127.1` and `1.2.3.999` are none. */
const ENDS_IN_NUMBER = /(^|\.)\d+\.?$/;

/**
 * Reads the address of a backend.
 *
 * @param defaultScheme - what `host:port` stands for
 * @throws ERR_DISCOVERY_INVALID_BACKEND - says what is wrong and what was expected
 */
export function parseAddress(input: string, defaultScheme: BackendScheme): ParsedAddress {
  if (/^unix:/i.test(input)) return parseUnix(input);
  if (input.includes('@')) {
    throw invalidAddress(input.replace(/^.*@/s, '***@'), 'a user name and a password cannot be given');
  }
  const { scheme, host = '', port, rest } = SHAPE.exec(input)?.groups ?? {};
  const knownScheme = checkScheme(input, scheme, defaultScheme);
  const hostPart = parseHost(input, host);
  if (rest !== '' && !(rest === '/' && scheme !== undefined)) {
    throw invalidAddress(input, `nothing may follow the port, but ${JSON.stringify(rest)} does`);
  }
  const portNumber = parsePort(input, port, scheme === undefined ? undefined : knownScheme);
  const authority = `${hostPart.includes(':') ? `[${hostPart}]` : hostPart}:${portNumber}`;
  return {
    address: { host: hostPart, port: portNumber },
    url: knownScheme === 'http' ? `http://${authority}` : authority,
  };
}

function parseUnix(input: string): ParsedAddress {
  const path = input.slice('unix:'.length).replace(/^\/\/(?=\/)/, '');
  if (!path.startsWith('/')) throw invalidAddress(input, 'the path of a UNIX socket must start with /');
  if (path.includes('\0')) throw invalidAddress(input, 'the path of a UNIX socket cannot contain a NUL byte');
  return { address: { path }, url: `unix:${path}` };
}

function checkScheme(input: string, scheme: string | undefined, defaultScheme: BackendScheme): BackendScheme {
  switch (scheme?.toLowerCase()) {
    case undefined:
      return defaultScheme;
    case 'http':
      return 'http';
    case 'tcp':
      return 'tcp';
    case 'https':
      throw invalidAddress(input, 'TLS to backends is not supported yet');
    default:
      throw invalidAddress(input, `the scheme ${scheme} is not known`);
  }
}

function parseHost(input: string, host: string): string {
  if (host === '') throw invalidAddress(input, 'the host is missing');
  if (host.startsWith('[')) return parseIPv6(input, host.slice(1, -1));
  if (isIPv4(host)) return host;
  const name = domainToASCII(host);
  if (!HOST_NAME.test(name) || ENDS_IN_NUMBER.test(name)) {
    throw invalidAddress(input, `${JSON.stringify(host)} is neither a host name nor an IPv4 address`);
  }
  return name;
}

function parseIPv6(input: string, host: string): string {
  if (!isIPv6(host)) throw invalidAddress(input, `${JSON.stringify(host)} is not an IPv6 address`);
  const [address = '', zone] = host.split('%', 2);
  const shortest = new URL(`http://[${address}]`).hostname.slice(1, -1);
  return zone === undefined ? shortest : `${shortest}%${zone}`;
}

/** @param scheme - the one that was written out; it decides the port where none is */
function parsePort(input: string, port: string | undefined, scheme: BackendScheme | undefined): number {
  if (port === undefined && scheme === 'http') return 80;
  if (port === undefined || port === '') throw invalidAddress(input, 'the port is missing');
  const value = Number(port);
  if (value < 1 || value > 65_535) throw invalidAddress(input, `the port ${port} is not one from 1 to 65535`);
  return value;
}
