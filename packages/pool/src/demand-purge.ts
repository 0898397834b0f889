/**
 * How many idle connections to close, by demand, as HAProxy does it (`pool-purge-delay`): half of those beyond the most that
 * were used at once of late, so that a pool shrinks in steps after a peak, and is not emptied by a short lull.
 */
export class DemandPurge {
  /** What is needed, as far as earlier periods tell; falls by half the difference each time. */
  #estimate = 0;

  /**
   * A period has ended.
   *
   * @param size - what there is, used or idle
   * @param peak - the most that were used at once in the period
   * @returns how many to close
   */
  excess(size: number, peak: number): number {
    const beyond = size - Math.max(peak, this.#estimate);
    this.#estimate = Math.max((this.#estimate + peak) / 2, peak);
    return Math.max(Math.ceil(beyond / 2), 0);
  }
}
