import type { Address } from '@millpond/contracts';

/** The versions of the PROXY protocol: v1 is a line of text, v2 is binary. */
export type ProxyProtocolVersion = 'v1' | 'v2';

/**
 * What one proxy tells the next one of a client, before any byte of the client's own: the PROXY protocol, as in HAProxy's
 * doc/proxy-protocol.txt.
 */
export interface ProxyHeader {
  /** Who connected to the first proxy. Undefined where that is not known (UNKNOWN, UNSPEC) or nobody did (LOCAL). */
  readonly source: Address | undefined;
  /** Where it connected to; known if the source is. */
  readonly destination: Address | undefined;
  /** v2: the sender connects by itself, as for a health check. @defaultValue false */
  readonly local?: boolean;
  /** v2: what it carried were datagrams. @defaultValue false */
  readonly datagram?: boolean;
  /** v2: what else it says, in its order; neither padding nor the checksum. */
  readonly tlvs: readonly ProxyTlv[];
}

/** One fact of a v2 header: `type` is a byte, as `PP2_TYPE_…` numbers them. */
export interface ProxyTlv {
  readonly type: number;
  readonly value: Buffer;
}

/** Why bytes are no header of the PROXY protocol; thrown by its parsers, and never to a caller of the package. */
export class ProxyHeaderFault extends Error {
  override readonly name = 'ProxyHeaderFault';
}
