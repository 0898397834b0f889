import type { Case } from '../../comparison.ts';
import { BenchError } from '../../bench-error.ts';
import { runAtRate } from '../../load/h2load.ts';
import { runWrk } from '../../load/wrk.ts';
import { check } from '../check.ts';
import { startTarget } from '../target.ts';
import type { HttpBench } from '../target.ts';
import { CONNECTIONS, measureCpu } from './load-case.ts';

/** How long a peer's peak is looked for, which warms it up too. */
const PEAK_SECONDS = 1;

/** Compares how long 99 % of the requests take at most, at half of what each peer can do at its peak. */
export function rateCase(bench: HttpBench): Case<'rate'> {
  return {
    id: 'rate',
    title: `GET, small answers, ${CONNECTIONS} connections, at half of the peer's own peak`,
    score: 'p99 µs',
    async begin(peer) {
      const target = await startTarget(bench, peer);
      const url = target.url('/');
      let peak = 0;
      try {
        await check(target, '/');
      } catch (error) {
        await target.program.stop();
        throw error;
      }
      return {
        async warmUp() {
          const load = { url, connections: CONNECTIONS, seconds: PEAK_SECONDS };
          peak = (await runWrk(bench.workshop, load)).requestsPerSecond;
        },
        async measure() {
          const load = { url, connections: CONNECTIONS, seconds: bench.seconds, requestsPerSecond: peak / 2 };
          const sample = await measureCpu(target, 1, () => runAtRate(bench.workshop, load));
          if (sample.p99Us === undefined) throw new BenchError('there is no p99');
          return { ...sample, score: sample.p99Us };
        },
        stop: () => target.program.stop(),
      };
    },
  };
}
