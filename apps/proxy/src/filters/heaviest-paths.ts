/** What was counted for one path. */
export interface PathCount {
  readonly path: string;
  /** Responses that were counted, since the path was last let in. */
  readonly requests: number;
  /** Their body bytes: never more than were really served. */
  readonly bytes: number;
  /** At most so many bytes were served before that, and are not in `bytes`. 0 as long as no path had to be evicted. */
  readonly missedBytes: number;
}

interface Entry {
  path: string;
  requests: number;
  bytes: number;
  missedBytes: number;
  /** Its place in the heap. */
  index: number;
}

/**
 * Counts bytes by path, and keeps the paths with the most.
 *
 * This is Space-Saving (Metwally, Agrawal, El Abbadi: "Efficient Computation of Frequent and Top-k Elements in Data
 * Streams", 2005), weighted by bytes. When it is full, a new path takes the place of the one with the least, and starts
 * from that one's rank: it may have been there before. The rank so is never below what was really served, and above it
 * by at most `missedBytes`, which is at most all bytes divided by the capacity. Hence any path that served more than
 * that share of all bytes is kept.
 *
 * A heap with the lowest rank on top makes a count cost O(log capacity), whatever is evicted.
 */
export class HeaviestPaths {
  readonly #capacity: number;
  readonly #entries = new Map<string, Entry>();
  readonly #heap: Entry[] = [];

  /** @param capacity - how many paths are kept; at least 1 */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Counts one response of `bytes` bytes. */
  add(path: string, bytes: number): void {
    const entry = this.#entries.get(path) ?? this.#letIn(path);
    entry.requests += 1;
    entry.bytes += bytes;
    this.#sink(entry);
  }

  /** The bytes that are counted for a path; 0 where it is not kept. */
  bytes(path: string): number {
    return this.#entries.get(path)?.bytes ?? 0;
  }

  /** All that are kept, the one with the most bytes first. */
  list(): PathCount[] {
    const counts = this.#heap.map(({ path, requests, bytes, missedBytes }) => ({ path, requests, bytes, missedBytes }));
    return counts.toSorted((a, b) => b.bytes - a.bytes || b.requests - a.requests);
  }

  #letIn(path: string): Entry {
    const kept = detached(path);
    const least = this.#heap[0];
    let entry: Entry;
    if (least === undefined || this.#heap.length < this.#capacity) {
      entry = { path: kept, requests: 0, bytes: 0, missedBytes: 0, index: this.#heap.length };
      this.#heap.push(entry);
      this.#rise(entry);
    } else {
      this.#entries.delete(least.path);
      entry = least;
      entry.path = kept;
      entry.missedBytes = rank(least);
      entry.requests = 0;
      entry.bytes = 0;
    }
    this.#entries.set(kept, entry);
    return entry;
  }

  #rise(entry: Entry): void {
    for (;;) {
      const parent = this.#heap[(entry.index - 1) >> 1];
      if (parent === undefined || rank(parent) <= rank(entry)) return;
      this.#swap(entry, parent);
    }
  }

  #sink(entry: Entry): void {
    for (;;) {
      const left = this.#heap[2 * entry.index + 1];
      const right = this.#heap[2 * entry.index + 2];
      if (left === undefined) return;
      const lesser = right === undefined || rank(left) <= rank(right) ? left : right;
      if (rank(entry) <= rank(lesser)) return;
      this.#swap(entry, lesser);
    }
  }

  #swap(a: Entry, b: Entry): void {
    const index = a.index;
    a.index = b.index;
    b.index = index;
    this.#heap[a.index] = a;
    this.#heap[b.index] = b;
  }
}

function rank(entry: Entry): number {
  return entry.bytes + entry.missedBytes;
}

/** A copy: a path is often a slice of a whole request head, which it would keep in memory. */
function detached(path: string): string {
  return Buffer.from(path, 'utf16le').toString('utf16le');
}
