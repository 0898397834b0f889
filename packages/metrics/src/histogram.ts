import type { ChildSample } from './family.ts';

/** Bounds that suit requests in seconds: from half a millisecond to half a minute. */
export const secondsBuckets: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

/** Counts observations by size, in buckets whose bounds are fixed. */
export class Histogram {
  readonly #bounds: readonly number[];
  /** One more than there are bounds: the last is for what is above them all. */
  readonly #counts: Float64Array;
  #sum = 0;

  /** @param bounds - upper bounds, which belong to their buckets; ascending */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  get sum(): number {
    return this.#sum;
  }

  get count(): number {
    return this.#counts.reduce((total, count) => total + count, 0);
  }

  observe(value: number): void {
    const bounds = this.#bounds;
    let index = 0;
    // NaN belongs above all bounds, as in Prometheus's own client; there are few bounds and most values are small.
    while (index < bounds.length && !(value <= (bounds[index] ?? Infinity))) index++;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#sum += value;
  }

  /** As Prometheus wants it: cumulative buckets up to `+Inf`, the sum, the count. */
  samples(): readonly ChildSample[] {
    const samples: ChildSample[] = [];
    let cumulative = 0;
    this.#counts.forEach((count, index) => {
      cumulative += count;
      const bound = this.#bounds[index];
      samples.push({ suffix: '_bucket', labels: { le: bound === undefined ? '+Inf' : `${bound}` }, value: cumulative });
    });
    samples.push({ suffix: '_sum', value: this.#sum }, { suffix: '_count', value: cumulative });
    return samples;
  }
}
