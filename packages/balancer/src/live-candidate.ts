import type { Backend, Candidate } from '@millpond/contracts';

/** How much one sample counts: that of the smoothed round-trip time of TCP (RFC 6298, section 2). */
const LATENCY_GAIN = 1 / 8;

/** A backend as strategies see it, and as whoever sends to it keeps its figures up to date. */
export class LiveCandidate implements Candidate {
  readonly backend: Backend;
  readonly id: string;
  /** Effective weight. After a change, the update of the balancer is due; at 0 it is left out. */
  weight: number;
  active = 0;
  queued = 0;
  latencyMs = 0;

  constructor(backend: Backend) {
    this.backend = backend;
    this.id = backend.id;
    this.weight = backend.weight;
  }

  /** Takes one time to the first byte of an answer into {@link LiveCandidate.latencyMs}; a negative one is ignored. */
  observeLatency(ms: number): void {
    if (ms < 0) return;
    this.latencyMs = this.latencyMs === 0 ? ms : this.latencyMs + (ms - this.latencyMs) * LATENCY_GAIN;
  }
}
