import { BlockList, isIP, isIPv6 } from 'node:net';
import { MillpondError } from '@millpond/contracts';
import { canonicalAddress } from './canonical-address.ts';

/** Answers that are kept: a proxy asks for the same clients again and again, and a `BlockList` takes 2 µs for each. */
const MAX_KNOWN = 1024;

interface AddressRange {
  readonly address: string;
  readonly family: 'ipv4' | 'ipv6';
  /** Leading bits that all of its addresses have in common. */
  readonly prefix: number;
}

/** A set of IP addresses. It never changes, so one object may be shared. */
export class AddressRanges {
  readonly #ranges = new BlockList();
  readonly #isEmpty: boolean;
  readonly #known = new Map<string, boolean>();

  /**
   * @param entries - IP addresses, and ranges such as `10.0.0.0/8`
   * @throws ERR_TCP_INVALID_RANGE - an entry is neither
   */
  constructor(entries: readonly string[]) {
    this.#isEmpty = entries.length === 0;
    for (const entry of entries) {
      const range = parseRange(entry);
      if (range === undefined) throw invalidRange(entry);
      this.#ranges.addSubnet(range.address, range.prefix, range.family);
    }
  }

  /** Whether an IP address is in it, however it is written. What is no address never is. */
  has(address: string): boolean {
    if (this.#isEmpty) return false;
    const known = this.#known.get(address);
    if (known !== undefined) return known;
    const isIn = this.#isInRange(address);
    if (this.#known.size === MAX_KNOWN) this.#known.clear();
    this.#known.set(address, isIn);
    return isIn;
  }

  #isInRange(address: string): boolean {
    const canonical = canonicalAddress(address);
    return canonical !== undefined && this.#ranges.check(canonical, isIPv6(canonical) ? 'ipv6' : 'ipv4');
  }
}

/** Whether {@link AddressRanges} takes `entry`. */
export function isAddressRange(entry: string): boolean {
  return parseRange(entry) !== undefined;
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
    `${JSON.stringify(entry)} is no IP address, and no range such as "10.0.0.0/8". Correct it.`,
  );
}
