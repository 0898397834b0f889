/** What a load generator saw. */
export interface LoadResult {
  /** Answers that came, whatever their status. */
  readonly requests: number;
  readonly requestsPerSecond?: number;
  readonly p50Us?: number;
  readonly p99Us?: number;
  /** Answers that were no 2xx or 3xx, and errors of sockets, time-outs among them. */
  readonly failures: number;
}
