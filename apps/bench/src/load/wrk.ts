import type { Workshop } from '../system/workshop.ts';
import { LOAD_CORE } from '../system/cores.ts';
import { needTool } from '../system/find-tool.ts';
import { parseWrk } from './parse-wrk.ts';
import type { LoadResult } from './load-result.ts';

/** What wrk does. */
export interface WrkOptions {
  readonly url: string;
  readonly connections: number;
  /** Whole seconds: wrk takes no others. */
  readonly seconds: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Path of a Lua script. */
  readonly script?: string;
}

/** Loads a server through wrk: each connection sends its next request when it has its answer. */
export async function runWrk(workshop: Workshop, options: WrkOptions): Promise<Required<LoadResult>> {
  const { url, connections, seconds, headers = {}, script } = options;
  const wrk = await workshop.run(
    needTool('wrk'),
    [
      '-t1',
      `-c${connections}`,
      `-d${seconds}s`,
      '--latency',
      ...Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
      ...(script === undefined ? [] : ['-s', script]),
      url,
    ],
    { core: LOAD_CORE, name: 'wrk', timeoutMs: (seconds + 15) * 1000 },
  );
  return parseWrk(wrk.stdout);
}
