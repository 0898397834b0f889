import type { Clock, Logger, Observer, RequestEnd } from '@millpond/contracts';

/** Time between two lines of one upstream. */
const INTERVAL_MS = 1000;

/** What has happened since the last line of an upstream. */
interface Tally {
  refused: number;
  timedOut: number;
  loggedAt: number;
}

/**
 * Says that requests are turned away because every connection of an upstream is busy: at once, and then once a second at
 * most, with how many there were. Such requests come in floods, and a line for each would be one more load.
 */
export class QueueLog implements Observer {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #tallies = new Map<string, Tally>();

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  requestEnded({ upstream, errorCode, reason }: RequestEnd): void {
    if (errorCode === undefined || upstream === undefined) return;
    const isRefused = errorCode === 'ERR_POOL_QUEUE_FULL';
    if (!isRefused && errorCode !== 'ERR_POOL_ACQUIRE_TIMEOUT') return;
    const tally = this.#tallies.get(upstream) ?? { refused: 0, timedOut: 0, loggedAt: -Infinity };
    this.#tallies.set(upstream, tally);
    if (isRefused) tally.refused += 1;
    else tally.timedOut += 1;
    const now = this.#clock.now();
    if (now - tally.loggedAt < INTERVAL_MS) return;
    const { refused, timedOut } = tally;
    this.#logger.warn({ upstream, refused, timedOut, reason }, 'Requests turned away: all connections are busy');
    this.#tallies.set(upstream, { refused: 0, timedOut: 0, loggedAt: now });
  }
}
