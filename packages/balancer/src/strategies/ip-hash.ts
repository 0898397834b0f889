import { definePlugin } from '@millpond/contracts';
import type { Candidate, PickContext, Random, Strategy } from '@millpond/contracts';
import xxhash from 'xxhash-wasm';
import { z } from 'zod';
import { hashText, mix } from '../integer-hash.ts';

/** An IPv4 address as a socket of both families shows it; the same client as without. */
const IPV4_MAPPED = '::ffff:';

/** A 32-bit hash of a backend's id, the same in every process. */
export type IdHash = (id: string, seed: number) => number;

/**
 * Sends a client to the same backend for as long as that one is usable: by the id that the caller gives it, or else by
 * its address. A client of which neither is known goes to any.
 *
 * Weighted rendezvous hashing (Thaler and Ravishankar 1998; weights by the logarithmic method of Schindelhauer and
 * Schomaker 2005): every candidate draws a number from the hash of the client and its id, and the best one wins.
 * So when a backend goes, only its clients move; when one comes, or gains weight, clients move only to it; shares follow
 * the weights; and every process that knows the same ids decides alike.
 */
export class IpHash implements Strategy {
  readonly #hashId: IdHash;
  readonly #random: Random;
  #candidates: readonly Candidate[] = [];
  /** Two hashes of each candidate's id, so that no two ids are likely to share both. */
  #hashes = new Int32Array(0);

  constructor(hashId: IdHash, context: { readonly random: Random }) {
    this.#hashId = hashId;
    this.#random = context.random;
  }

  update(candidates: readonly Candidate[]): void {
    this.#hashes = Int32Array.from(candidates.flatMap(({ id }) => [this.#hashId(id, 0), this.#hashId(id, 1)]));
    this.#candidates = candidates;
  }

  pick(context: PickContext): Candidate | undefined {
    const client = this.#hashClient(context);
    const picked = this.#winner(client, undefined);
    if (picked === undefined || !context.tried(picked)) return picked;
    return this.#winner(client, context) ?? picked;
  }

  #hashClient({ clientId, clientAddress }: PickContext): number {
    if (clientId !== undefined) return hashText(clientId, 0);
    if (clientAddress === undefined) return (this.#random() * 2 ** 32) | 0;
    return hashText(clientAddress, clientAddress.startsWith(IPV4_MAPPED) ? IPV4_MAPPED.length : 0);
  }

  /** @param context - where given, candidates that it says were tried are left out */
  #winner(client: number, context: PickContext | undefined): Candidate | undefined {
    let winner: Candidate | undefined;
    let shortest = Infinity;
    for (let i = 0; i < this.#candidates.length; i += 1) {
      const candidate = this.#candidates[i];
      if (candidate === undefined || context?.tried(candidate) === true) continue;
      const hash = mix(mix(client ^ (this.#hashes[2 * i] ?? 0)) ^ (this.#hashes[2 * i + 1] ?? 0));
      // An exponentially distributed time whose rate is the weight: the first to arrive wins.
      const time = -Math.log(((hash >>> 0) + 0.5) / 2 ** 32) / candidate.weight;
      if (winner === undefined || time < shortest) {
        shortest = time;
        winner = candidate;
      }
    }
    return winner;
  }
}

/** The plugin `ip-hash`; it has no options. */
export const ipHash = definePlugin({
  kind: 'strategy',
  name: 'ip-hash',
  apiVersion: 1,
  options: z.strictObject({}),
  create: async (_options, context) => {
    const hasher = await xxhash();
    return new IpHash((id, seed) => hasher.h32(id, seed), context);
  },
});
