/** A figure that goes up and down. */
export class Gauge {
  #value = 0;

  get value(): number {
    return this.#value;
  }

  set(value: number): void {
    this.#value = value;
  }

  /** @param amount - negative to go down. @defaultValue 1 */
  add(amount = 1): void {
    this.#value += amount;
  }
}
