import type { Clock, Timer } from '@millpond/contracts';
import { DemandPurge } from './demand-purge.ts';
import { HoltForecast } from './holt.ts';
import { milliseconds, noOthers, numberWithin, object, wholeNumber } from './option-checks.ts';
import type { Pool } from './pool.ts';
import { systemClock } from './system-clock.ts';

/** How {@link AdaptiveSize} follows the demand. */
export interface AdaptiveSizeOptions {
  /** How often it looks. @defaultValue 500 */
  readonly intervalMs?: number;
  /** Idle resources that are kept ready however little is wanted. @defaultValue the pool's `minIdle` at the start */
  readonly minIdle?: number;
  /** For how many intervals it looks ahead; at least as long as it takes to create a resource. @defaultValue 4 */
  readonly lookahead?: number;
  /** How much more than the forecast is kept, as a share of it. @defaultValue 0.2 */
  readonly headroom?: number;
  /** See {@link HoltOptions}. @defaultValue 0.5 */
  readonly levelWeight?: number;
  /** See {@link HoltOptions}. @defaultValue 0.2 */
  readonly trendWeight?: number;
  /** Of how many intervals a period is, at the end of which idle resources that were not needed are closed. @defaultValue 10 */
  readonly purgeEvery?: number;
}

/** What it needs of a pool. */
export type SizedPool = Pick<Pool<unknown>, 'isDraining' | 'resize' | 'shrink' | 'stats' | 'takePeak'>;

/**
 * Sizes a pool by its demand: forecasts the peak of concurrent use, and has `minIdle` follow it, so that resources are
 * ready just ahead of a ramp; after it, closes what is not needed any more, by and by.
 *
 * Ends when the pool is drained; its owner may end it before.
 *
 * @example
 * ```ts
 * const pool = new Pool(factory, { max: 100, minIdle: 2 });
 * const sizing = new AdaptiveSize(pool);
 * ```
 */
export class AdaptiveSize implements Disposable {
  readonly #pool: SizedPool;
  readonly #clock: Clock;
  readonly #timer: Timer;
  readonly #minIdle: number;
  readonly #lookahead: number;
  readonly #headroom: number;
  readonly #purgeEvery: number;
  readonly #forecast: HoltForecast;
  readonly #purge = new DemandPurge();
  #ticks = 0;
  #peakOfPeriod = 0;

  /** @throws ERR_POOL_INVALID_OPTION */
  constructor(pool: SizedPool, options: AdaptiveSizeOptions = {}, { clock = systemClock }: { clock?: Clock } = {}) {
    object('options', options);
    const { intervalMs = 500, minIdle = pool.stats().minIdle, lookahead = 4, headroom = 0.2 } = options;
    const { levelWeight = 0.5, trendWeight = 0.2, purgeEvery = 10 } = options;
    milliseconds('intervalMs', intervalMs, 1);
    wholeNumber('minIdle', minIdle);
    wholeNumber('purgeEvery', purgeEvery, 1);
    for (const [name, value] of Object.entries({ lookahead, headroom })) numberWithin(name, value, 0, 1000);
    for (const [name, value] of Object.entries({ levelWeight, trendWeight })) numberWithin(name, value, 0, 1);
    noOthers(options, Object.keys({ intervalMs, minIdle, lookahead, headroom, levelWeight, trendWeight, purgeEvery }));
    this.#pool = pool;
    this.#clock = clock;
    this.#minIdle = minIdle;
    this.#lookahead = lookahead;
    this.#headroom = headroom;
    this.#purgeEvery = purgeEvery;
    this.#forecast = new HoltForecast({ levelWeight, trendWeight });
    this.#timer = clock.setInterval(() => this.#tick(), intervalMs);
  }

  /** Leaves the pool as it is from now on. */
  stop(): void {
    this.#clock.clear(this.#timer);
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  #tick(): void {
    if (this.#pool.isDraining) {
      this.stop();
      return;
    }
    const peak = this.#pool.takePeak();
    this.#peakOfPeriod = Math.max(this.#peakOfPeriod, peak);
    this.#forecast.observe(peak);
    this.#keepReady();
    this.#ticks += 1;
    if (this.#ticks % this.#purgeEvery === 0) this.#closeUnneeded();
  }

  #keepReady(): void {
    const { active, maxIdle } = this.#pool.stats();
    const expected = Math.ceil(this.#forecast.ahead(this.#lookahead) * (1 + this.#headroom));
    this.#pool.resize({ minIdle: Math.min(Math.max(expected - active, this.#minIdle), maxIdle) });
  }

  #closeUnneeded(): void {
    const { size } = this.#pool.stats();
    this.#pool.shrink(this.#purge.excess(size, this.#peakOfPeriod));
    this.#peakOfPeriod = 0;
  }
}
