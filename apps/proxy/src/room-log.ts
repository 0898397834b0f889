import type { Clock, ConnectionRefusal, Crowd, Logger, Observer } from '@millpond/contracts';

/** Time between two lines. */
const INTERVAL_MS = 10_000;

/**
 * Says that clients wait, or are turned away, because of the limit on open files: at once, and then every 10 s at most,
 * with how many there were.
 */
export class RoomLog implements Observer {
  readonly #logger: Logger;
  readonly #clock: Clock;
  #crowd: Crowd | undefined;
  #waited = 0;
  #refused = 0;
  #loggedAt = -Infinity;

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  clientWaits(address: string, crowd: Crowd): void {
    this.#crowd = crowd;
    this.#waited += 1;
    this.#log(address);
  }

  connectionRefused(address: string, { code }: ConnectionRefusal): void {
    if (code !== 'ERR_TCP_NO_DESCRIPTORS') return;
    this.#refused += 1;
    this.#log(address);
  }

  #log(address: string): void {
    const now = this.#clock.now();
    if (now - this.#loggedAt < INTERVAL_MS) return;
    const fields = { address, ...this.#crowd, waited: this.#waited, refused: this.#refused };
    this.#logger.warn(fields, 'Clients wait until others leave: open files are at their limit. Raise ulimit -n');
    this.#loggedAt = now;
    this.#waited = this.#refused = 0;
  }
}
