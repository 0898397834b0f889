import { isIPv6 } from 'node:net';
import { ipv6Bytes } from '../proxy-protocol/address-bytes.ts';

/** Clients that are remembered; beyond, those that have been away for longest are forgotten. About 8 MiB. */
const MAX_CLIENTS = 65_536;

/** How many connections a client may open. */
export interface ConnectionRateOptions {
  /** So many… */
  readonly connections: number;
  /** …in so many milliseconds, on average. */
  readonly perMs: number;
  /** So many at once, by who has not connected for a while. */
  readonly burst: number;
}

/**
 * Limits how often each client may connect: a token bucket, kept as the one time at which it will be full again (the
 * generic cell rate algorithm, ITU-T I.371). An IPv6 client is its first 64 bits, since it has all of the others.
 */
export class ConnectionRate {
  readonly #intervalMs: number;
  readonly #toleranceMs: number;
  /** By client; who connected last is last. */
  readonly #fullAt = new Map<string, number>();

  constructor({ connections, perMs, burst }: ConnectionRateOptions) {
    this.#intervalMs = perMs / connections;
    this.#toleranceMs = (burst - 1) * this.#intervalMs;
  }

  /** Clients that are remembered now. */
  get size(): number {
    return this.#fullAt.size;
  }

  /** Whether the client at `address` may connect at `now`, in milliseconds; if so, that counts. */
  take(address: string, now: number): boolean {
    const key = clientOf(address);
    const fullAt = Math.max(this.#fullAt.get(key) ?? now, now);
    // Times are fractions, and a burst must not fail by the last bit of one.
    if (fullAt - now > this.#toleranceMs + 1e-6) return false;
    this.#fullAt.delete(key);
    if (this.#fullAt.size >= MAX_CLIENTS) this.#forgetOldest();
    this.#fullAt.set(key, fullAt + this.#intervalMs);
    return true;
  }

  #forgetOldest(): void {
    for (const key of this.#fullAt.keys()) {
      this.#fullAt.delete(key);
      return;
    }
  }
}

function clientOf(address: string): string {
  return isIPv6(address) ? ipv6Bytes(address.replace(/%.*/, '')).toString('latin1', 0, 8) : address;
}
