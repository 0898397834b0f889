/** One measured series at one moment. */
export interface MetricSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One metric and all its series at one moment; histograms come as `_bucket`, `_sum` and `_count` samples. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly samples: readonly MetricSample[];
}

/** Carries metrics somewhere. */
export interface Exporter {
  /** Called once. `snapshot` may be called at any time until {@link Exporter.stop}. */
  start(snapshot: () => readonly MetricFamily[]): void | Promise<void>;
  /** Called once, last: sends what is left and closes. */
  stop(): void | Promise<void>;
}
