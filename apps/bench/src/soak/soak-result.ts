/** Memory of the proxy, without garbage. */
export interface MemoryReading {
  /** Heap and external memory together, in bytes. */
  readonly usedBytes: number;
  readonly rssBytes: number;
}

/** What the clients saw in one round. */
export interface ClientReport {
  /** How many were connected at once when all had tried. */
  readonly open: number;
  /** How many were still connected at the end. */
  readonly openAtEnd: number;
  /** Messages that came back as they were sent. */
  readonly exchanges: number;
  /** Messages that came back otherwise, and connections that failed. */
  readonly errors: number;
}

/** One round, and the memory when all of its connections were closed. */
export interface SoakRound {
  readonly clients: ClientReport;
  /** While all were open, with garbage. */
  readonly peakRssBytes: number;
  readonly after: MemoryReading;
}

/** Two rounds. */
export interface SoakResult {
  /** After a small round that has all code loaded and compiled. */
  readonly before: MemoryReading;
  readonly first: SoakRound;
  readonly second: SoakRound;
}
