import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Case, Sample } from '../../comparison.ts';
import { IdleClients } from '../../load/idle-clients.ts';
import { runWrk } from '../../load/wrk.ts';
import { residentBytes } from '../../system/memory.ts';
import { SMALL_BODY } from '../backend.ts';
import { isOnNode } from '../target.ts';
import type { HttpBench, Target } from '../target.ts';
import { startTrial, WARM_UP_SECONDS } from '../trial.ts';
import { CONNECTIONS } from './load.ts';

const IDLE_CLIENTS = 5000;

/** A collection, and what it lets go of. */
const SETTLE_MS = 500;

/**
 * Compares by how much resident memory grows for each connection that has made one request and is idle since. Peers on
 * Node collect their garbage before both looks at the memory, so that it is what connections hold, not what waits.
 */
export function idleCase(bench: HttpBench): Case<'idle'> {
  const collector = fileURLToPath(new URL('../peers/collect-on-signal.js', import.meta.url));
  const nodeArgs = ['--expose-gc', '--import', collector];
  return {
    id: 'idle',
    title: `${IDLE_CLIENTS.toLocaleString('en')} idle connections of clients`,
    score: 'KiB per connection',
    // The memory of the first round would be there for the second.
    maxRounds: 1,
    begin: (peer) =>
      startTrial(bench, peer, { nodeArgs, warmUpSeconds: WARM_UP_SECONDS }, (target) => ({
        async warmUp(seconds) {
          await runWrk(bench.workshop, { url: target.url('/'), connections: CONNECTIONS, seconds });
        },
        measure: () => measureIdle(target),
      })),
  };
}

async function measureIdle(target: Target): Promise<Sample> {
  const before = await settledBytes(target);
  using clients = new IdleClients();
  await clients.open(target.port, IDLE_CLIENTS, SMALL_BODY);
  const rssBytes = await settledBytes(target);
  return { score: (rssBytes - before) / 1024 / IDLE_CLIENTS, count: IDLE_CLIENTS, failures: clients.lost, rssBytes };
}

async function settledBytes(target: Target): Promise<number> {
  const { program, pid } = target;
  // It would end the others.
  if (isOnNode(target)) program.signal('SIGUSR2');
  await pause(SETTLE_MS);
  return residentBytes(pid);
}
