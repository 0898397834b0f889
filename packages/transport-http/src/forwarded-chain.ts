import { canonicalAddress, type TrustedProxies } from '@millpond/transport-tcp';
import { trimmed } from './field-block.ts';

/** Hops that are looked at, and passed on: the last ones, which the nearest proxies said. */
const MAX_HOPS = 64;

const QUOTE = 34;
const COMMA = 44;

/** What proxies before this one say of the way that a request came. */
export interface Chain {
  /** As it goes on: the last hops of the list, as far as it is well-formed; empty where there are none. */
  readonly list: string;
  /** Who asked whom, the last first, as it was written; empty where a hop does not say. */
  readonly nodes: readonly string[];
}

/** The hops of X-Forwarded-For. */
export function readXForwardedFor(value: string): Chain {
  return readList(value, false, (node) => node);
}

/**
 * The hops of Forwarded (RFC 7239 §4). It is read from its end, up to what is malformed: so nothing that a client has
 * written before can hide or change what a trusted proxy has appended.
 */
export function readForwarded(value: string): Chain {
  return readList(value, true, nodeOf);
}

/**
 * The client's address: that of the last hop which is not itself trusted. Names that are no address (`unknown`, `_hidden`)
 * end the way: what is known is the hop behind them.
 *
 * @param peer - the other side of the connection, which is trusted
 */
export function clientOf(peer: string, nodes: readonly string[], trusted: TrustedProxies): string {
  let client = peer;
  for (const node of nodes) {
    const address = nodeAddress(node);
    if (address === undefined) break;
    client = address;
    if (!trusted.trusts(address)) break;
  }
  return client;
}

/** An address with brackets where it is IPv6, and a port or none (RFC 7239 §6). */
const NODE = /^(?:\[([0-9A-Fa-f.]*:[0-9A-Fa-f.:]*)\]|([0-9.]+))(?::(?:[0-9]{1,5}|_[\w.-]+))?$/;

/** The IP address of a node, in its canonical form; undefined where it names none. */
export function nodeAddress(node: string): string | undefined {
  if (node.includes('%')) return undefined;
  const [, ipv6, ipv4] = NODE.exec(node) ?? [];
  return canonicalAddress(ipv6 ?? ipv4 ?? node);
}

/**
 * Reads the elements of a list from its end. Every character is looked at once, by this loop and by `read`.
 *
 * @param read - the node of an element; undefined where the element is malformed, and the list ends
 */
function readList(value: string, hasQuotes: boolean, read: (element: string) => string | undefined): Chain {
  const nodes: string[] = [];
  let listStart = 0;
  let listEnd = 0;
  let end = value.length;
  let isQuoted = false;
  for (let at = end - 1; at >= -1 && nodes.length < MAX_HOPS; at--) {
    const code = at === -1 ? COMMA : value.charCodeAt(at);
    if (code === QUOTE && hasQuotes) isQuoted = !isQuoted;
    if (code !== COMMA || (isQuoted && at !== -1)) continue;
    const element = trimmed(value, at + 1, end);
    if (element !== '') {
      const node = read(element);
      if (node === undefined) break;
      nodes.push(node);
      listStart = at + 1;
      if (listEnd === 0) listEnd = end;
    }
    end = at;
  }
  return { list: trimmed(value, listStart, listEnd), nodes };
}

/** One `name=value` of an element. A quoted value with a backslash in it names nobody, and is not looked into. */
const PAIR = /[ \t]*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)=(?:([!#$%&'*+\-.^_`|~0-9A-Za-z]+)|"([^"\\]*)")[ \t]*(?:;|$)/y;

/** What `for` of an element says; empty where it has none, undefined where the element is malformed. */
function nodeOf(element: string): string | undefined {
  let node: string | undefined;
  for (let at = 0; at < element.length; at = PAIR.lastIndex) {
    PAIR.lastIndex = at;
    const [, name, token, quoted] = PAIR.exec(element) ?? [];
    if (name === undefined) return undefined;
    if (name.toLowerCase() !== 'for') continue;
    if (node !== undefined) return undefined;
    node = token ?? quoted ?? '';
  }
  return node ?? '';
}
