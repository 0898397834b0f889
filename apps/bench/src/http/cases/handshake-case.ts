import type { Case } from '../../comparison.ts';
import { runHandshakes } from '../../load/handshakes.ts';
import { ANSWER_BYTES } from '../backend.ts';
import { measureCpu } from '../measure-cpu.ts';
import type { HttpBench } from '../target.ts';
import { COMPILING_SECONDS, startTrial } from '../trial.ts';

/** Compares processor time for each connection over TLS with one request, none of them resumed. */
export function handshakeCase(bench: HttpBench): Case<'https-new'> {
  return {
    id: 'https-new',
    title: 'GET over TLS 1.3, a new connection with a full handshake for each request',
    score: 'CPU µs per request',
    begin: (peer) =>
      // A second is a few hundred connections, which is not enough for V8.
      startTrial(bench, peer, { isTls: true, warmUpSeconds: COMPILING_SECONDS }, (target) => {
        const load = (seconds: number) => runHandshakes(target.port, ANSWER_BYTES['/'], seconds);
        return {
          warmUp: async (seconds) => void (await load(seconds)),
          measure: () => measureCpu(target, 1, () => load(bench.seconds)),
        };
      }),
  };
}
