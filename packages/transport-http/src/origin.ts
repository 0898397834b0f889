import { canonicalAddress } from '@millpond/transport-tcp';
import type { Claims } from './claims.ts';
import { isToken } from './field-block.ts';
import { clientOf, nodeAddress, readForwarded, readXForwardedFor, type Chain } from './forwarded-chain.ts';
import type { FrontendContext } from './frontend-context.ts';
import { isValidAuthority } from './host.ts';
import type { RequestHead } from './request-head.ts';

/** What is believed of the claims of one request. */
interface Believed {
  readonly chain: Chain;
  /** The host and the scheme that the client used; empty where that is not said. */
  readonly host: string;
  readonly proto: string;
  /** Field lines that are passed on as they came. */
  readonly others: string;
}

/** What this proxy calls itself: its addresses are none of the backends' business (RFC 7239 §8.3). */
const BY = 'by=_millpond';

/**
 * Who asked: what is known of it by a client's connection and, where the client is a trusted proxy, by what that says of
 * each request. There is one per client connection.
 */
export class Origin {
  /** The other side of the connection; empty for UNIX sockets. */
  readonly peer: string;
  /** The client of the current request: the peer, or for whom that asks. */
  clientAddress: string;
  readonly #frontend: Pick<FrontendContext, 'scheme' | 'forwarded' | 'trusted'>;
  readonly #isTrusted: boolean;
  /** The peer, as it is told. */
  readonly #node: string;
  /** X-Forwarded-For and -Proto where nobody else is to be believed: made once, since it hardly ever is otherwise. */
  readonly #xForwarded: string;
  #believed: Believed | undefined;

  constructor(frontend: Pick<FrontendContext, 'scheme' | 'forwarded' | 'trusted'>, peer: string) {
    this.peer = peer;
    this.clientAddress = peer;
    this.#frontend = frontend;
    this.#isTrusted = frontend.trusted.trusts(peer);
    // Of IPv4 there is one form.
    this.#node = peer.includes(':') ? (canonicalAddress(peer) ?? peer) : peer;
    this.#xForwarded = `${field('X-Forwarded-For', this.#node)}${field('X-Forwarded-Proto', frontend.scheme)}`;
  }

  /** A request has come. */
  begin(head: RequestHead): void {
    if (!this.#isTrusted) return;
    const { forwarded, trusted } = this.#frontend;
    this.#believed = head.claims && believe(head.claims, forwarded === 'forwarded');
    this.clientAddress =
      this.#believed === undefined ? this.peer : clientOf(this.peer, this.#believed.chain.nodes, trusted);
  }

  /** Whether the client of the current request speaks TLS: to this proxy, or to a trusted one in front. */
  get isSecure(): boolean {
    const { proto = '' } = this.#believed ?? {};
    return (proto === '' ? this.#frontend.scheme : proto) === 'https';
  }

  /** The field lines that tell a backend. */
  fields({ authority }: RequestHead): string {
    switch (this.#frontend.forwarded) {
      case 'x-forwarded':
        return this.#xForwardedFields(authority);
      case 'forwarded':
        return this.#forwardedField(authority, this.#believed?.chain.list ?? '');
      case 'both':
        return this.#xForwardedFields(authority) + this.#forwardedField(authority, this.#translated());
      default:
        return '';
    }
  }

  #xForwardedFields(authority: string): string {
    const believed = this.#believed;
    if (believed === undefined) return field('X-Forwarded-Host', authority) + this.#xForwarded;
    const { chain, host, proto, others } = believed;
    return (
      others +
      field('X-Forwarded-Host', host === '' ? authority : host) +
      field('X-Forwarded-For', joined(chain.list, this.#node)) +
      field('X-Forwarded-Proto', proto === '' ? this.#frontend.scheme : proto)
    );
  }

  /** @param before - the elements of others */
  #forwardedField(authority: string, before: string): string {
    // A peer without an address is nobody's next hop, and would only hide who is known to have asked.
    if (this.#node === '' && before !== '') return field('Forwarded', before);
    const { host = '', proto = '' } = (before === '' && this.#believed) || {};
    return field('Forwarded', joined(before, this.#element(host === '' ? authority : host, proto)));
  }

  #element(host: string, proto: string): string {
    const pairs = [
      this.#node === '' ? '' : `for=${quotedNode(this.#node)};`,
      host === '' ? '' : `host=${quoted(host)};`,
      `proto=${proto === '' ? this.#frontend.scheme : proto};${BY}`,
    ];
    return pairs.join('');
  }

  /** The hops of X-Forwarded-For as elements of Forwarded; the first has the client's host and scheme (RFC 7239 §7.4). */
  #translated(): string {
    if (this.#believed === undefined) return '';
    const { chain, host, proto } = this.#believed;
    const elements = chain.nodes.map((node) => `for=${quotedNode(nodeAddress(node) ?? 'unknown')}`).toReversed();
    const [first, ...others] = elements;
    if (first === undefined) return '';
    const client = `${first}${host === '' ? '' : `;host=${quoted(host)}`}${proto === '' ? '' : `;proto=${proto}`}`;
    return [client, ...others].join(', ');
  }
}

/** One family of fields only: a proxy that says one of them may well pass on what a client says by the other. */
function believe(claims: Claims, byForwarded: boolean): Believed {
  if (byForwarded) return { chain: readForwarded(claims.forwarded), host: '', proto: '', others: '' };
  const host = claims['x-forwarded-host'];
  const proto = claims['x-forwarded-proto'].toLowerCase();
  return {
    chain: readXForwardedFor(claims['x-forwarded-for']),
    // A comma may stand in a host, but here it is a list: there is no telling which one the client used.
    host: isValidAuthority(host) && !host.includes(',') ? host : '',
    proto: proto === 'http' || proto === 'https' ? proto : '',
    others: claims.others,
  };
}

function field(name: string, value: string): string {
  return value === '' ? '' : `${name}: ${value}\r\n`;
}

function joined(list: string, last: string): string {
  return list === '' || last === '' ? list + last : `${list}, ${last}`;
}

/** IPv6 goes in brackets, and so in quotes (RFC 7239 §6). */
function quotedNode(address: string): string {
  return address.includes(':') ? `"[${address}]"` : address;
}

/** Neither quotes nor backslashes can be in a valid authority. */
function quoted(authority: string): string {
  return isToken(authority) ? authority : `"${authority}"`;
}
