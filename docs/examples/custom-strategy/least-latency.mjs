// A strategy of one's own: the backend that answers fastest for what it has to do already.
import { definePlugin } from '@millpond/contracts';
import { z } from 'zod';

class LeastLatency {
  #floorMs;
  #candidates = [];

  constructor({ floorMs }) {
    this.#floorMs = floorMs;
  }

  // The set has changed: members, or their weights.
  update(candidates) {
    this.#candidates = candidates;
  }

  // For every request: synchronous, and it must not allocate.
  pick() {
    let best;
    let least = Infinity;
    for (const candidate of this.#candidates) {
      const latencyMs = Math.max(candidate.latencyMs, this.#floorMs);
      const cost = (latencyMs * (candidate.active + candidate.queued + 1)) / candidate.weight;
      if (cost < least) {
        best = candidate;
        least = cost;
      }
    }
    return best;
  }
}

export const plugins = [
  definePlugin({
    kind: 'strategy',
    name: 'least-latency',
    apiVersion: 1,
    // Latencies below `floorMs` count as equal, so that a backend that was never asked is not asked alone.
    options: z.strictObject({ floorMs: z.number().positive().default(1) }),
    create: (options) => new LeastLatency(options),
  }),
];
