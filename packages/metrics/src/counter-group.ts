import type { Counter } from './counter.ts';
import type { Family } from './family.ts';

/** Counters of one family whose last label differs: each is looked up once, the first time it is needed. */
export class CounterGroup {
  readonly #family: Family<Counter>;
  readonly #labels: readonly string[];
  readonly #counters = new Map<string, Counter>();

  /**
   * @param labels - values of all labels but the last
   * @param known - values of the last label that are there from the start, at zero, so that their first increase shows
   */
  constructor(family: Family<Counter>, labels: readonly string[], known: readonly string[] = []) {
    this.#family = family;
    this.#labels = labels;
    for (const value of known) this.of(value);
  }

  /** The counter of a value of the last label. */
  of(value: string): Counter {
    let counter = this.#counters.get(value);
    if (counter === undefined) {
      counter = this.#family.labels(...this.#labels, value);
      this.#counters.set(value, counter);
    }
    return counter;
  }

  /** The sum of all. */
  total(): number {
    let total = 0;
    for (const counter of this.#counters.values()) total += counter.value;
    return total;
  }
}
