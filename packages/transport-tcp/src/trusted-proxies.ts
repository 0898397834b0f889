import { BlockList, isIP, isIPv6 } from 'node:net';
import { MillpondError } from '@millpond/contracts';
import { canonicalAddress } from './canonical-address.ts';

/** Answers that are kept: a proxy asks for the same clients again and again, and a `BlockList` takes 2 µs for each. */
const MAX_KNOWN = 1024;

/** Stands for every client of a UNIX socket. */
const UNIX = 'unix';

interface AddressRange {
  readonly address: string;
  readonly family: 'ipv4' | 'ipv6';
  /** Leading bits that all of its addresses have in common. */
  readonly prefix: number;
}

/** The other proxies whose word is taken on who asked. They never change, so one object may be shared. */
export class TrustedProxies {
  readonly #ranges = new BlockList();
  readonly #hasRanges: boolean;
  readonly #trustsUnix: boolean;
  readonly #known = new Map<string, boolean>();

  /**
   * @param entries - IP addresses, ranges such as `10.0.0.0/8`, and `unix`
   * @param onUnixSocket - whether clients come by a UNIX socket: a TCP client that is gone already has no address either
   * @throws ERR_TCP_INVALID_RANGE - an entry is none of these
   */
  constructor(entries: readonly string[], onUnixSocket = false) {
    const ranges = entries.filter((entry) => entry !== UNIX);
    this.#hasRanges = ranges.length > 0;
    this.#trustsUnix = onUnixSocket && ranges.length < entries.length;
    for (const entry of ranges) {
      const range = parseRange(entry);
      if (range === undefined) throw invalidRange(entry);
      this.#ranges.addSubnet(range.address, range.prefix, range.family);
    }
  }

  /** Whether an IP address is one of theirs, however it is written; empty is that of every client of a UNIX socket. */
  trusts(address: string): boolean {
    if (address === '') return this.#trustsUnix;
    if (!this.#hasRanges) return false;
    const known = this.#known.get(address);
    if (known !== undefined) return known;
    const trusted = this.#isInRange(address);
    if (this.#known.size === MAX_KNOWN) this.#known.clear();
    this.#known.set(address, trusted);
    return trusted;
  }

  #isInRange(address: string): boolean {
    const canonical = canonicalAddress(address);
    return canonical !== undefined && this.#ranges.check(canonical, isIPv6(canonical) ? 'ipv6' : 'ipv4');
  }
}

/** Whether {@link TrustedProxies} takes `entry`. */
export function isTrustedProxy(entry: string): boolean {
  return entry === UNIX || parseRange(entry) !== undefined;
}

/** An address is the range that has only itself in it. */
function parseRange(text: string): AddressRange | undefined {
  const [address = '', prefix, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || address.includes('%') || rest.length > 0) return undefined;
  const bits = version === 4 ? 32 : 128;
  if (prefix !== undefined && (!/^(?:0|[1-9][0-9]{0,2})$/.test(prefix) || Number(prefix) > bits)) return undefined;
  return { address, family: version === 4 ? 'ipv4' : 'ipv6', prefix: prefix === undefined ? bits : Number(prefix) };
}

function invalidRange(entry: string): MillpondError {
  return new MillpondError(
    'ERR_TCP_INVALID_RANGE',
    `${JSON.stringify(entry)} is no IP address, no range such as "10.0.0.0/8", and not "${UNIX}". Correct it.`,
  );
}
