import { BenchError } from '../bench-error.ts';
import type { Case } from '../comparison.ts';
import type { Suite } from '../suite.ts';
import { startExchanges } from './exchanges.ts';
import { measure, warmUp } from './measure.ts';
import type { Work } from './measure.ts';
import { makePool, poolPeers } from './peers.ts';
import type { BenchPool } from './peers.ts';

const CONTENDERS = 100;

/** Borrowing a resource and giving it back, in one process, with pools of ten resources; and whole exchanges over ours. */
export const poolSuite: Suite = {
  name: 'pool',
  peers: poolPeers,
  caseIds: ['at-once', 'acquire', 'contended', 'upstream', 'upstream-kept'],
  quickCaseIds: ['at-once', 'acquire', 'contended'],
  packages: ['generic-pool', 'tarn', 'lightning-pool'],
  async prepare(_workshop, seconds) {
    return [
      poolCase('at-once', 'without waiting, by tryAcquire; where there is none, by acquire', seconds, atOnce),
      poolCase('acquire', 'one caller', seconds, alone),
      poolCase('contended', `${CONTENDERS} callers at once`, seconds, contended),
      upstreamCase('upstream', 'each dials a connection and uses it up', seconds, false),
      upstreamCase('upstream-kept', 'over connections that are kept', seconds, true),
    ];
  },
};

function poolCase(id: string, title: string, seconds: number, workOf: (pool: BenchPool) => Work): Case {
  return {
    id,
    title: `Borrowing and giving back: ${title}`,
    score: 'ns',
    async begin(peer) {
      const pool = makePool[peer]?.();
      if (pool === undefined) throw new BenchError(`there is no pool of ${peer}`);
      // So that there is something to take at once.
      await pool.cycle();
      const work = workOf(pool);
      return {
        warmUp: () => warmUp(work),
        measure: () => measure(work, seconds),
        stop: async () => void (await pool.close()),
      };
    },
  };
}

/** The others are pools and no more; what ours costs with all that is around it in the proxy, has nothing to compare with. */
function upstreamCase(id: string, title: string, seconds: number, isKept: boolean): Case {
  return {
    id,
    title: `A whole exchange through an upstream, without a network: ${title}`,
    score: 'ns',
    async begin(peer) {
      if (peer !== 'millpond') throw new BenchError('it has no upstreams');
      const { run, close } = await startExchanges(isKept);
      return { warmUp: () => warmUp(run), measure: () => measure(run, seconds), stop: close };
    },
  };
}

function atOnce(pool: BenchPool): Work {
  const { cycleAtOnce } = pool;
  if (cycleAtOnce === undefined) return alone(pool);
  return async (times) => {
    for (let time = 0; time < times; time += 1) cycleAtOnce();
  };
}

function alone({ cycle }: BenchPool): Work {
  return async (times) => {
    for (let time = 0; time < times; time += 1) await cycle();
  };
}

function contended({ cycle }: BenchPool): Work {
  return async (times) => {
    let left = times;
    const contend = async () => {
      while (left > 0) {
        left -= 1;
        await cycle();
      }
    };
    await Promise.all(Array.from({ length: CONTENDERS }, contend));
  };
}
