/** A figure that only grows. */
export class Counter {
  #value = 0;

  get value(): number {
    return this.#value;
  }

  /** @param amount - not negative. @defaultValue 1 */
  add(amount = 1): void {
    this.#value += amount;
  }
}
