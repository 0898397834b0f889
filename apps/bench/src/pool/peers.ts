import { Pool } from '@millpond/pool';
import genericPool from 'generic-pool';
import { createPool as createLightningPool } from 'lightning-pool';
import { Pool as TarnPool } from 'tarn';
import type { Peer } from '../comparison.ts';

/** How many resources each pool has; its other options are its own defaults, but that nobody is turned away. */
const MAX = 10;

/** A pool of one of the peers. */
export interface BenchPool {
  /** Borrows a resource, lets others run if there are any, and gives it back. */
  readonly cycle: () => Promise<void>;
  /** The same without waiting for anything, where there is such a thing. */
  readonly cycleAtOnce?: () => void;
  readonly close: () => unknown;
}

/** What is compared, in the order of the tables. */
export const poolPeers: readonly Peer[] = [
  { name: 'millpond', role: 'ours' },
  { name: 'generic-pool', role: 'reference' },
  { name: 'tarn', role: 'node' },
  { name: 'lightning-pool', role: 'node' },
];

/** Awaited, it lets other callers run. */
const turn = Promise.resolve();
const create = async (): Promise<object> => ({});
const destroy = async (): Promise<void> => {};

/** Makes a pool of each peer. */
export const makePool: Readonly<Record<string, () => BenchPool>> = {
  millpond() {
    const pool = new Pool({ create, destroy }, { max: MAX });
    return {
      async cycle() {
        const lease = await pool.acquire();
        await turn;
        lease.release();
      },
      cycleAtOnce: () => pool.tryAcquire()?.release(),
      close: () => pool.drain({ timeoutMs: 0 }),
    };
  },
  'generic-pool'() {
    const pool = genericPool.createPool({ create, destroy }, { max: MAX });
    return {
      async cycle() {
        const resource = await pool.acquire();
        await turn;
        void pool.release(resource);
      },
      close: () => pool.drain(),
    };
  },
  tarn() {
    const pool = new TarnPool({ create, destroy, min: 0, max: MAX });
    return {
      async cycle() {
        const resource = await pool.acquire().promise;
        await turn;
        pool.release(resource);
      },
      close: () => pool.destroy(),
    };
  },
  'lightning-pool'() {
    const pool = createLightningPool({ create, destroy }, { min: 0, max: MAX, maxQueue: 100_000 });
    return {
      async cycle() {
        const resource = await pool.acquire();
        await turn;
        pool.release(resource);
      },
      close: () => pool.close(true),
    };
  },
};
