import type { Case } from '../../comparison.ts';
import { runAtRate } from '../../load/h2load.ts';
import { runWrk } from '../../load/wrk.ts';
import { measureCpu } from '../measure-cpu.ts';
import type { HttpBench } from '../target.ts';
import { startTrial } from '../trial.ts';
import { CONNECTIONS } from './load.ts';

/** Compares how long 99 % of the requests take at most, at half of what each peer can do at its peak. */
export function rateCase(bench: HttpBench): Case<'rate'> {
  const { workshop, seconds } = bench;
  return {
    id: 'rate',
    title: `GET, small answers, ${CONNECTIONS} kept connections, at half of the peer's own peak`,
    score: 'p99 µs',
    begin: (peer) =>
      startTrial(bench, peer, {}, (target) => {
        const load = { url: target.url('/'), connections: CONNECTIONS };
        let requestsPerSecond = 0;
        return {
          async warmUp(warmUpSeconds) {
            const peak = await runWrk(workshop, { ...load, seconds: warmUpSeconds });
            requestsPerSecond = peak.requestsPerSecond / 2;
          },
          async measure() {
            const run = () => runAtRate(workshop, { ...load, seconds, requestsPerSecond });
            const sample = await measureCpu(target, 1, run);
            return { ...sample, score: sample.p99Us ?? Number.NaN };
          },
        };
      }),
  };
}
