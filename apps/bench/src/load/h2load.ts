import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { LOAD_CORE } from '../system/cores.ts';
import { needTool } from '../system/find-tool.ts';
import type { Workshop } from '../system/workshop.ts';
import type { LoadResult } from './load-result.ts';
import { parseRequestLog } from './request-log.ts';

/** What h2load does. */
export interface FixedRateOptions {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  /** Over all connections. */
  readonly requestsPerSecond: number;
}

/** Sends HTTP/1.1 requests at a fixed rate, spread evenly over connections and time. */
export async function runAtRate(workshop: Workshop, options: FixedRateOptions): Promise<Required<LoadResult>> {
  const { url, connections, seconds, requestsPerSecond } = options;
  const log = join(workshop.folder, 'requests.log');
  rmSync(log, { force: true });
  const rate = Math.max(1, Math.round(requestsPerSecond / connections));
  await workshop.run(
    needTool('h2load', 'nghttp2-client'),
    ['--h1', '-t1', `-c${connections}`, `-D${seconds}`, `--rps=${rate}`, `--log-file=${log}`, url],
    { core: LOAD_CORE, name: 'h2load', timeoutMs: (seconds + 15) * 1000 },
  );
  return parseRequestLog(readFileSync(log, 'utf8'), seconds);
}
