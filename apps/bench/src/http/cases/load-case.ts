import type { Case, Sample } from '../../comparison.ts';
import type { LoadResult } from '../../load/load-result.ts';
import { runWrk } from '../../load/wrk.ts';
import { cpuBetween, readCpu } from '../../system/cpu-time.ts';
import { residentBytes } from '../../system/memory.ts';
import type { BackendPath } from '../backend.ts';
import { check } from '../check.ts';
import { startTarget } from '../target.ts';
import type { HttpBench, Target } from '../target.ts';

/** Connections of the load, in every case but that of idle ones. */
export const CONNECTIONS = 64;

const WARM_UP_SECONDS = 1;

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
  const { countedBytes, bodyBytes } = spec;
  const unitsPerRequest = countedBytes === undefined ? 1 : countedBytes / MEGABYTE;
  return {
    id: spec.id,
    title: spec.title,
    score: `CPU µs per ${countedBytes === undefined ? 'request' : 'MB'}`,
    async begin(peer) {
      const target = await startTarget(bench, peer, { isTls: spec.isTls === true });
      const load = async (seconds: number): Promise<LoadResult> => {
        const script = bodyBytes === undefined ? undefined : postScript(bench, bodyBytes);
        return runWrk(bench.workshop, {
          url: target.url(spec.path),
          connections: CONNECTIONS,
          seconds,
          ...(spec.headers && { headers: spec.headers }),
          ...(script !== undefined && { script }),
        });
      };
      try {
        await check(target, spec.path, bodyBytes === undefined ? undefined : Buffer.alloc(bodyBytes, 'x'));
      } catch (error) {
        await target.program.stop();
        throw error;
      }
      return {
        warmUp: async () => void (await load(WARM_UP_SECONDS)),
        measure: () => measureCpu(target, unitsPerRequest, () => load(bench.seconds)),
        stop: () => target.program.stop(),
      };
    },
  };
}

/** Runs a load and adds what the target used of the processor and the memory. */
export async function measureCpu(
  target: Target,
  unitsPerRequest: number,
  load: () => Promise<LoadResult>,
): Promise<Sample> {
  const before = readCpu(target.pid);
  const result = await load();
  const cpu = cpuBetween(before, readCpu(target.pid));
  const { requests, requestsPerSecond, p50Us, p99Us, failures } = result;
  const units = requests * unitsPerRequest;
  const userUs = cpu.userUs / units;
  const systemUs = cpu.systemUs / units;
  const rssBytes = residentBytes(target.pid);
  const score = userUs + systemUs;
  return { score, count: requests, failures, rssBytes, requestsPerSecond, p50Us, p99Us, userUs, systemUs };
}

function postScript({ workshop }: HttpBench, bytes: number): string {
  const lines = ['wrk.method = "POST"', `wrk.body = string.rep("x", ${bytes})`];
  return workshop.write('post.lua', [...lines, 'wrk.headers["Content-Type"] = "application/octet-stream"'].join('\n'));
}
