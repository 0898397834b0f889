import { AddressRanges, isAddressRange } from './address-ranges.ts';

/** Stands for every client of a UNIX socket. */
const UNIX = 'unix';

/** The other proxies whose word is taken on who asked. They never change, so one object may be shared. */
export class TrustedProxies {
  readonly #ranges: AddressRanges;
  readonly #trustsUnix: boolean;

  /**
   * @param entries - IP addresses, ranges such as `10.0.0.0/8`, and `unix`
   * @param onUnixSocket - whether clients come by a UNIX socket: a TCP client that is gone already has no address either
   * @throws ERR_TCP_INVALID_RANGE - an entry is none of these
   */
  constructor(entries: readonly string[], onUnixSocket = false) {
    const ranges = entries.filter((entry) => entry !== UNIX);
    this.#ranges = new AddressRanges(ranges);
    this.#trustsUnix = onUnixSocket && ranges.length < entries.length;
  }

  /** Whether an IP address is one of theirs, however it is written; empty is that of every client of a UNIX socket. */
  trusts(address: string): boolean {
    return address === '' ? this.#trustsUnix : this.#ranges.has(address);
  }
}

/** Whether {@link TrustedProxies} takes `entry`. */
export function isTrustedProxy(entry: string): boolean {
  return entry === UNIX || isAddressRange(entry);
}
