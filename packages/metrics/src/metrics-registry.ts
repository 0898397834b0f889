import { MillpondError } from '@millpond/contracts';
import type { MetricFamily } from '@millpond/contracts';
import { checkBuckets, checkCounterName, checkLabelName, checkName } from './check-metric.ts';
import { Counter } from './counter.ts';
import { Family } from './family.ts';
import type { ChildSample } from './family.ts';
import { Gauge } from './gauge.ts';
import { Histogram, secondsBuckets } from './histogram.ts';

/** Options of a {@link MetricsRegistry}. */
export interface MetricsRegistryOptions {
  /** Series that one metric keeps apart; what is beyond shares a series whose label values are all `other`. @defaultValue 10000 */
  readonly maxSeries?: number;
}

/** What a histogram may be told; see {@link MetricsRegistry.histogram}. */
export interface HistogramOptions {
  /** @defaultValue none */
  readonly labelNames?: readonly string[];
  /** Upper bounds, ascending, without infinity. @defaultValue {@link secondsBuckets} */
  readonly buckets?: readonly number[];
}

/** One figure that is read when metrics are. */
export interface CollectedValue {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a {@link Family} and a metric that is read on demand have in common. */
interface Source {
  read(): MetricFamily;
}

/**
 * All metrics of one process, by name.
 *
 * Names are those of Prometheus: base units (`_seconds`, `_bytes`), counters end in `_total`.
 */
export class MetricsRegistry {
  readonly #maxSeries: number;
  readonly #sources = new Map<string, Source>();

  constructor({ maxSeries = 10_000 }: MetricsRegistryOptions = {}) {
    this.#maxSeries = maxSeries;
  }

  /**
   * Something that is counted.
   *
   * @param name - ends in `_total`
   * @throws ERR_METRICS_INVALID_NAME, ERR_METRICS_DUPLICATE
   */
  counter(name: string, help: string, labelNames: readonly string[] = []): Family<Counter> {
    checkCounterName(name);
    return this.#family(name, help, 'counter', labelNames, () => new Counter(), readValue);
  }

  /**
   * Something that goes up and down, told as it changes.
   *
   * @throws ERR_METRICS_INVALID_NAME, ERR_METRICS_DUPLICATE
   */
  gauge(name: string, help: string, labelNames: readonly string[] = []): Family<Gauge> {
    return this.#family(name, help, 'gauge', labelNames, () => new Gauge(), readValue);
  }

  /**
   * How a size is spread: durations in seconds, say.
   *
   * @throws ERR_METRICS_INVALID_NAME, ERR_METRICS_DUPLICATE
   * @throws ERR_METRICS_BUCKETS - the bounds do not ascend
   */
  histogram(name: string, help: string, options: HistogramOptions = {}): Family<Histogram> {
    const { labelNames = [], buckets = secondsBuckets } = options;
    checkBuckets(name, buckets);
    return this.#family(
      name,
      help,
      'histogram',
      labelNames,
      () => new Histogram(buckets),
      (histogram) => histogram.samples(),
    );
  }

  /**
   * A counter that is kept elsewhere and read when metrics are.
   *
   * @param name - ends in `_total`
   * @param collect - must not throw, and is called for every snapshot
   * @throws ERR_METRICS_INVALID_NAME, ERR_METRICS_DUPLICATE
   */
  counterFrom(name: string, help: string, collect: () => Iterable<CollectedValue>): void {
    checkCounterName(name);
    this.#collected(name, help, 'counter', collect);
  }

  /**
   * A gauge that is kept elsewhere and read when metrics are.
   *
   * @param collect - must not throw, and is called for every snapshot
   * @throws ERR_METRICS_INVALID_NAME, ERR_METRICS_DUPLICATE
   */
  gaugeFrom(name: string, help: string, collect: () => Iterable<CollectedValue>): void {
    this.#collected(name, help, 'gauge', collect);
  }

  /** Forgets a metric; its name may be used anew. */
  unregister(name: string): void {
    this.#sources.delete(name);
  }

  /** Every metric as it stands, in the order of registration. */
  snapshot(): MetricFamily[] {
    return Array.from(this.#sources.values(), (source) => source.read());
  }

  #family<Child>(
    name: string,
    help: string,
    type: MetricFamily['type'],
    labelNames: readonly string[],
    create: () => Child,
    read: (child: Child) => readonly ChildSample[],
  ): Family<Child> {
    labelNames.forEach((label) => checkLabelName(name, label));
    const family = new Family({ name, help, type, labelNames, maxSeries: this.#maxSeries, create, read });
    this.#register(name, family);
    return family;
  }

  #collected(name: string, help: string, type: 'counter' | 'gauge', collect: () => Iterable<CollectedValue>): void {
    const read = (): MetricFamily => {
      const samples = Array.from(collect(), ({ labels = {}, value }) => ({ name, labels, value }));
      return { name, help, type, samples };
    };
    this.#register(name, { read });
  }

  #register(name: string, source: Source): void {
    checkName(name);
    if (this.#sources.has(name)) {
      throw new MillpondError('ERR_METRICS_DUPLICATE', `there is a metric called ${name} already; keep one of the two`);
    }
    this.#sources.set(name, source);
  }
}

function readValue(child: Counter | Gauge): readonly ChildSample[] {
  return [{ suffix: '', value: child.value }];
}
