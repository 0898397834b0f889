import { milliseconds, noOthers, numberWithin, object } from './option-checks.ts';

/** How {@link PoolOptions.adaptiveTimeout} follows the waits that are observed. */
export interface AdaptiveTimeoutOptions {
  /** Never less than this. @defaultValue 100 */
  readonly minMs?: number;
  /** The percentile of the recent waits to go by. @defaultValue 99 */
  readonly percentile?: number;
  /** How many times as long a caller waits, from 1.1. @defaultValue 3 */
  readonly factor?: number;
}

/** Waits that count as recent. */
const WINDOW = 256;
/** Waits between two looks at the window, and before the first. */
const INTERVAL = 32;

/**
 * A time-out that follows what waits are like: a multiple of a high percentile of the last 256, within bounds. Whoever
 * waits much longer than nearly everybody is told early, and can go elsewhere, or shed load.
 *
 * A caller that gave up counts with the time for which it waited. Since the factor is above 1, the limit recovers when
 * waits become longer for good.
 */
export class AdaptiveTimeout {
  readonly #minMs: number;
  readonly #maxMs: number;
  readonly #rank: number;
  readonly #factor: number;
  readonly #waits = new Float64Array(WINDOW);
  #count = 0;
  #timeoutMs: number;

  /**
   * @param options - checked
   * @param maxMs - never more than this, and this until enough was seen; 0 is no limit
   */
  constructor(options: AdaptiveTimeoutOptions, maxMs: number) {
    const { minMs, percentile, factor } = filledIn(options);
    this.#maxMs = maxMs;
    this.#minMs = Math.max(maxMs === 0 ? minMs : Math.min(minMs, maxMs), 1);
    this.#rank = percentile / 100;
    this.#factor = factor;
    this.#timeoutMs = maxMs;
  }

  /** How long to wait now; 0 is no limit. */
  get timeoutMs(): number {
    return this.#timeoutMs;
  }

  /** A caller waited, and was served, or gave up because of its time-out. */
  observe(waitMs: number): void {
    this.#waits[this.#count % WINDOW] = waitMs;
    this.#count += 1;
    if (this.#count % INTERVAL === 0) this.#adapt();
  }

  #adapt(): void {
    const waits = this.#waits.subarray(0, Math.min(this.#count, WINDOW)).toSorted();
    const high = waits[Math.ceil(this.#rank * waits.length) - 1] ?? 0;
    const wanted = Math.max(high * this.#factor, this.#minMs);
    this.#timeoutMs = this.#maxMs === 0 ? wanted : Math.min(wanted, this.#maxMs);
  }
}

/** @throws ERR_POOL_INVALID_OPTION */
export function checkAdaptiveTimeout(options: AdaptiveTimeoutOptions): void {
  object('adaptiveTimeout', options);
  const settings = filledIn(options);
  noOthers(options, Object.keys(settings));
  milliseconds('adaptiveTimeout.minMs', settings.minMs);
  numberWithin('adaptiveTimeout.percentile', settings.percentile, 1, 100);
  numberWithin('adaptiveTimeout.factor', settings.factor, 1.1, 1000);
}

function filledIn({ minMs = 100, percentile = 99, factor = 3 }: AdaptiveTimeoutOptions) {
  return { minMs, percentile, factor };
}
