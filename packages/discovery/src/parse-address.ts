import { isIPv4, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import type { Address } from '@millpond/contracts';
import { invalidAddress } from './invalid-backend.ts';

/** What a backend speaks. */
export type BackendScheme = 'http' | 'tcp';

/** What an address may begin with: how it is written, its port where none is, and whether it is spoken to over TLS. */
const SCHEMES: Readonly<Record<string, { readonly prefix: string; readonly port?: number; readonly tls: boolean }>> = {
  http: { prefix: 'http://', port: 80, tls: false },
  https: { prefix: 'https://', port: 443, tls: true },
  tcp: { prefix: '', tls: false },
  tls: { prefix: 'tls://', tls: true },
};

/** An address, and the one way in which it is written. */
export interface ParsedAddress {
  readonly address: Address;
  /** `http://10.0.0.1:9001`, `https://10.0.0.1:9001`, `10.0.0.1:5432`, `tls://10.0.0.1:5432` or `unix:/run/app.sock`. */
  readonly url: string;
  /** Whether it is spoken to over TLS. */
  readonly tls: boolean;
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
  const { prefix, port: usualPort, tls } = findScheme(input, scheme ?? defaultScheme);
  const hostPart = parseHost(input, host);
  if (rest !== '' && !(rest === '/' && scheme !== undefined)) {
    throw invalidAddress(input, `nothing may follow the port, but ${JSON.stringify(rest)} does`);
  }
  const portNumber = parsePort(input, port, scheme === undefined ? undefined : usualPort);
  const authority = `${hostPart.includes(':') ? `[${hostPart}]` : hostPart}:${portNumber}`;
  // A host of that name would be taken for a UNIX socket.
  const start = prefix === '' && hostPart === 'unix' ? 'tcp://' : prefix;
  return { address: { host: hostPart, port: portNumber }, url: `${start}${authority}`, tls };
}

function parseUnix(input: string): ParsedAddress {
  const path = input.slice('unix:'.length).replace(/^\/\/(?=\/)/, '');
  if (!path.startsWith('/')) throw invalidAddress(input, 'the path of a UNIX socket must start with /');
  if (path.includes('\0')) throw invalidAddress(input, 'the path of a UNIX socket cannot contain a NUL byte');
  return { address: { path }, url: `unix:${path}`, tls: false };
}

function findScheme(input: string, scheme: string) {
  const found = Object.entries(SCHEMES).find(([name]) => name === scheme.toLowerCase());
  if (found === undefined) throw invalidAddress(input, `the scheme ${scheme} is not known`);
  return found[1];
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

/** @param usual - the port where none is written */
function parsePort(input: string, port: string | undefined, usual: number | undefined): number {
  if (port === undefined && usual !== undefined) return usual;
  if (port === undefined || port === '') throw invalidAddress(input, 'the port is missing');
  const value = Number(port);
  if (value < 1 || value > 65_535) throw invalidAddress(input, `the port ${port} is not one from 1 to 65535`);
  return value;
}
