import type { AccessRules, Clock, ConnectionRefusal } from '@millpond/contracts';
import { AddressRanges } from '../address-ranges.ts';
import { ConnectionRate } from './connection-rate.ts';

/** Why a client is not let in. */
export type GateRefusal = Pick<ConnectionRefusal, 'code' | 'reason'>;

/** Lets clients in by one set of rules, and counts who is in. */
export class AccessGate {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #allow: AddressRanges | undefined;
  readonly #deny: AddressRanges;
  readonly #rate: ConnectionRate | undefined;
  readonly #maxConnections: number;
  #connections = 0;

  /** @throws ERR_TCP_INVALID_RANGE - `allow` or `deny` has what is neither an address nor a range */
  constructor({ allow, deny = [], rate, maxConnections = 0 }: AccessRules, clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
    this.#allow = allow && new AddressRanges(allow);
    this.#deny = new AddressRanges(deny);
    this.#rate = rate && new ConnectionRate(rate);
    this.#maxConnections = maxConnections;
  }

  /** Clients that are in. */
  get connections(): number {
    return this.#connections;
  }

  /**
   * Why the client at `address` may not come in; undefined if it may: then {@link AccessGate.enter} follows at once.
   *
   * @param address - undefined for a client of a UNIX socket: who may open that, its file says
   */
  refusal(address: string | undefined): GateRefusal | undefined {
    if (address !== undefined && (this.#deny.has(address) || this.#allow?.has(address) === false)) return DENIED;
    if (this.#maxConnections > 0 && this.#connections >= this.#maxConnections) return TOO_MANY;
    if (address !== undefined && this.#rate?.take(address, this.#clock.now()) === false) return TOO_OFTEN;
    return undefined;
  }

  /** A client has come in. */
  enter(): void {
    this.#connections++;
  }

  /** It has left; once for each {@link AccessGate.enter}. */
  leave(): void {
    this.#connections--;
  }
}

// Made once: refusing must cost next to nothing when thousands come.
const DENIED: GateRefusal = { code: 'ERR_TCP_CLIENT_DENIED', reason: '`allow` or `deny` keeps it out.' };
const TOO_MANY: GateRefusal = {
  code: 'ERR_TCP_TOO_MANY_CLIENTS',
  reason: 'As many connections are open as `maxConnections` allows.',
};
const TOO_OFTEN: GateRefusal = {
  code: 'ERR_TCP_RATE_LIMITED',
  reason: 'It has connected more often than `rate` allows.',
};
