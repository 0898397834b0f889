import { BenchError } from '../bench-error.ts';
import type { Sample } from '../comparison.ts';
import type { LoadResult } from '../load/load-result.ts';
import { PROXY_CORE } from '../system/cores.ts';
import { coreShare, readCore } from '../system/core-use.ts';
import { cpuBetween, readCpu } from '../system/cpu-time.ts';
import { residentBytes } from '../system/memory.ts';
import type { Target } from './target.ts';

/**
 * Runs a load and adds what the target used of the processor and the memory.
 *
 * @param unitsPerRequest - what the time is divided by, for each request
 * @throws BenchError - no request was answered
 */
export async function measureCpu(
  { pid }: Target,
  unitsPerRequest: number,
  load: () => Promise<LoadResult>,
): Promise<Sample> {
  const core = readCore(PROXY_CORE);
  const before = readCpu(pid);
  const { requests, failures, ...rates } = await load();
  if (requests === 0) throw new BenchError('no request was answered during a round');
  const cpu = cpuBetween(before, readCpu(pid));
  const othersShare = coreShare(core, readCore(PROXY_CORE), cpu);
  const units = requests * unitsPerRequest;
  const userUs = cpu.userUs / units;
  const systemUs = cpu.systemUs / units;
  const rssBytes = residentBytes(pid);
  return { score: userUs + systemUs, count: requests, failures, rssBytes, ...rates, userUs, systemUs, othersShare };
}
