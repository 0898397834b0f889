/** How quickly a {@link HoltForecast} follows what it sees, both from 0 to 1. */
export interface HoltOptions {
  /** Weight of the latest value against what was expected of it. */
  readonly levelWeight: number;
  /** Weight of the latest change against the trend so far. */
  readonly trendWeight: number;
}

/**
 * Holt's double exponential smoothing: a level and a trend, from which it looks ahead along a straight line.
 *
 * C. C. Holt, "Forecasting seasonals and trends by exponentially weighted moving averages", ONR Memorandum 52, 1957;
 * reprinted in International Journal of Forecasting 20 (2004), pages 5 to 10.
 */
export class HoltForecast {
  readonly #levelWeight: number;
  readonly #trendWeight: number;
  #level: number | undefined;
  #trend = 0;

  constructor({ levelWeight, trendWeight }: HoltOptions) {
    this.#levelWeight = levelWeight;
    this.#trendWeight = trendWeight;
  }

  /** Takes in the next value of a series with even intervals. */
  observe(value: number): void {
    if (this.#level === undefined) {
      this.#level = value;
      return;
    }
    const previous = this.#level;
    this.#level = this.#levelWeight * value + (1 - this.#levelWeight) * (previous + this.#trend);
    this.#trend = this.#trendWeight * (this.#level - previous) + (1 - this.#trendWeight) * this.#trend;
  }

  /** What the value will be after so many intervals; 0 before anything was seen. */
  ahead(intervals: number): number {
    return (this.#level ?? 0) + intervals * this.#trend;
  }
}
