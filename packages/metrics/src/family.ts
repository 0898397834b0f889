import { MillpondError } from '@millpond/contracts';
import type { MetricFamily, MetricSample } from '@millpond/contracts';

/** What every kind of metric is made from. */
export interface FamilyOptions<Child> {
  readonly name: string;
  readonly help: string;
  readonly type: MetricFamily['type'];
  readonly labelNames: readonly string[];
  /** Series that are kept apart; what is beyond shares one. */
  readonly maxSeries: number;
  readonly create: () => Child;
  /** The child's samples; those of a counter or a gauge have no suffix and no labels of their own. */
  readonly read: (child: Child) => readonly ChildSample[];
}

/** One figure of one series. */
export interface ChildSample {
  /** Appended to the metric's name: `_sum`. */
  readonly suffix: string;
  /** Labels beside those of the series: `le`. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Series<Child> {
  readonly labels: Readonly<Record<string, string>>;
  readonly child: Child;
}

/** The value of every label of the series that takes in what is beyond the limit. */
const overflowValue = 'other';

/**
 * One metric: a child per combination of label values.
 *
 * Looking a child up costs; counting on it does not. So look it up once and keep it.
 */
export class Family<Child> {
  readonly #options: FamilyOptions<Child>;
  readonly #series = new Map<string, Series<Child>>();
  #overflow: Series<Child> | undefined;

  constructor(options: FamilyOptions<Child>) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /**
   * The child of these label values, in the order of the label names. Always the same object for the same values, until
   * {@link Family.remove}. Once there are as many series as are allowed, new values share one series, whose label
   * values are all `other`.
   *
   * @throws ERR_METRICS_LABELS - there are more or fewer values than label names
   */
  labels(...values: readonly string[]): Child {
    const { name, labelNames, maxSeries } = this.#options;
    if (values.length !== labelNames.length) {
      const wanted = `${labelNames.length} (${labelNames.join(', ') || 'none'})`;
      throw new MillpondError('ERR_METRICS_LABELS', `${name} takes ${wanted} label values, not ${values.length}`);
    }
    const key = JSON.stringify(values);
    const known = this.#series.get(key);
    if (known !== undefined) return known.child;
    if (this.#series.size >= maxSeries) {
      this.#overflow ??= this.#create(labelNames.map(() => overflowValue));
      return this.#overflow.child;
    }
    const series = this.#create(values);
    this.#series.set(key, series);
    return series.child;
  }

  /** Forgets every series that has these labels: it is no longer read. Whoever still holds its child counts in vain. */
  remove(match: Readonly<Record<string, string>>): void {
    const wanted = Object.entries(match);
    for (const [key, { labels }] of this.#series) {
      if (wanted.every(([label, value]) => labels[label] === value)) this.#series.delete(key);
    }
  }

  /** Every series as it stands. */
  read(): MetricFamily {
    const { name, help, type } = this.#options;
    const samples: MetricSample[] = [];
    for (const series of this.#series.values()) this.#readSeries(series, samples);
    if (this.#overflow !== undefined) this.#readSeries(this.#overflow, samples);
    return { name, help, type, samples };
  }

  #create(values: readonly string[]): Series<Child> {
    const { labelNames, create } = this.#options;
    const labels = Object.fromEntries(labelNames.map((label, index) => [label, values[index] ?? '']));
    return { labels, child: create() };
  }

  #readSeries({ labels, child }: Series<Child>, samples: MetricSample[]): void {
    for (const sample of this.#options.read(child)) {
      samples.push({
        name: this.#options.name + sample.suffix,
        labels: sample.labels === undefined ? labels : { ...labels, ...sample.labels },
        value: sample.value,
      });
    }
  }
}
