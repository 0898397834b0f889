import type { Case } from '../../comparison.ts';
import type { LoadResult } from '../../load/load-result.ts';
import { runWrk } from '../../load/wrk.ts';
import type { BackendPath } from '../backend.ts';
import { measureCpu } from '../measure-cpu.ts';
import type { HttpBench, Target } from '../target.ts';
import { startTrial } from '../trial.ts';
import { CONNECTIONS } from './load.ts';

const MEGABYTE = 1_000_000;

/** A case in which wrk asks for one path, as fast as it is answered. */
export interface LoadSpec<Id extends string> {
  readonly id: Id;
  readonly title: string;
  readonly path: BackendPath;
  /** What moves with each request and is counted instead of requests; in bytes. */
  readonly countedBytes?: number;
  /** Sent by POST. */
  readonly bodyBytes?: number;
  readonly isTls?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Compares processor time for each request, or for each megabyte. */
export function loadCase<Id extends string>(bench: HttpBench, spec: LoadSpec<Id>): Case<Id> {
  const { id, title, countedBytes } = spec;
  const unitsPerRequest = countedBytes === undefined ? 1 : countedBytes / MEGABYTE;
  return {
    id,
    title,
    score: `CPU µs per ${countedBytes === undefined ? 'request' : 'MB'}`,
    begin: (peer) =>
      startTrial(bench, peer, spec, (target) => ({
        warmUp: async (seconds) => void (await load(bench, spec, target, seconds)),
        measure: () => measureCpu(target, unitsPerRequest, () => load(bench, spec, target, bench.seconds)),
      })),
  };
}

async function load(
  { workshop }: HttpBench,
  { path, headers = {}, bodyBytes }: LoadSpec<string>,
  target: Target,
  seconds: number,
): Promise<LoadResult> {
  const script = bodyBytes === undefined ? undefined : workshop.write('post.lua', postScript(bodyBytes));
  const options = { url: target.url(path), connections: CONNECTIONS, seconds, headers };
  return runWrk(workshop, { ...options, ...(script !== undefined && { script }) });
}

function postScript(bytes: number): string {
  return `wrk.method = "POST"
wrk.body = string.rep("x", ${bytes})
wrk.headers["Content-Type"] = "application/octet-stream"
`;
}
