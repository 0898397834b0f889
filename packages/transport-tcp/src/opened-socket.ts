import type { Socket } from 'node:net';
import { canonicalAddress } from './canonical-address.ts';
import type { ProxyHeader } from './proxy-protocol/header.ts';

/** How an IPv4 address begins that an IPv6 socket accepted (RFC 4291 §2.5.5.2). */
const MAPPED_IPV4 = '::ffff:';

/** A socket to be wrapped. */
export interface OpenedSocket {
  readonly socket: Socket;
  /** Whether it calls `onread`; where it does not, 'data' events are used. */
  readonly readsByOnread: boolean;
  /** See `FastSocket.remoteAddress`. @defaultValue '' */
  readonly remoteAddress?: string | undefined;
  /** @defaultValue 0 */
  readonly remotePort?: number | undefined;
  /** See `FastSocket.announced`. */
  readonly announced?: ProxyHeader | undefined;
  /** See `FastSocket.serverName`. */
  readonly serverName?: string | undefined;
  /** What was read of it before, if it reads by `onread`; it comes first. @defaultValue nothing */
  readonly unread?: Buffer | undefined;
  /** Called when it is closed, before its handler is told. */
  readonly onClosed?: (() => void) | undefined;
  /** Where `socket` speaks TLS: the one underneath. */
  readonly tcp?: Socket;
}

/** What counts for the client's: what is said by a proxy in front, if anything. */
export function clientEnd({ announced, remoteAddress = '', remotePort = 0 }: OpenedSocket): {
  host: string;
  port: number;
} {
  const source = announced?.source;
  if (source === undefined) return { host: withoutMapping(remoteAddress), port: remotePort };
  return 'host' in source ? { host: canonicalAddress(source.host) ?? '', port: source.port } : { host: '', port: 0 };
}

function withoutMapping(address: string): string {
  return address.startsWith(MAPPED_IPV4) && address.includes('.') ? address.slice(MAPPED_IPV4.length) : address;
}
