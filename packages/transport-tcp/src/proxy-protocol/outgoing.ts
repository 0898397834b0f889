import { canonicalAddress } from '../canonical-address.ts';
import type { FastSocket } from '../socket/fast-socket.ts';
import type { ProxyHeader, ProxyProtocolVersion } from './header.ts';
import { encodeV1 } from './v1.ts';
import { encodeV2 } from './v2.ts';

/**
 * The header that tells a backend of a client, one byte per character: what the proxy in front has said, its facts too,
 * or else the two ends of the client's own connection.
 */
export function outgoingHeader(client: FastSocket, version: ProxyProtocolVersion): string {
  const header = client.announced?.source === undefined ? ownEnds(client) : client.announced;
  return version === 'v1' ? encodeV1(header) : encodeV2(header).toString('latin1');
}

function ownEnds({ remoteAddress, remotePort, localAddress }: FastSocket): ProxyHeader {
  const host = canonicalAddress(remoteAddress);
  // Nothing is known of who came by a UNIX socket, or has gone again.
  const isKnown = host !== undefined && remotePort !== 0 && localAddress !== undefined;
  return {
    source: isKnown ? { host, port: remotePort } : undefined,
    destination: isKnown ? localAddress : undefined,
    tlvs: [],
  };
}
