import { BenchError, messageOf } from '../bench-error.ts';
import { Workshop } from '../system/workshop.ts';
import { align } from '../report/text.ts';
import { faultsOf } from './faults.ts';
import { parseSoakOptions, soakUsage, type SoakOptions } from './options.ts';
import { soak } from './soak.ts';
import { tableOf } from './table.ts';

/**
 * Holds many proxied connections at once, twice, and looks at what is left of them. The table goes to stdout, all else to
 * stderr.
 *
 * @returns what the process is to end with: 0, 1 when something is not as it should be, 2 when the command line cannot be meant
 */
export async function main(args: readonly string[]): Promise<number> {
  let options: SoakOptions;
  try {
    options = parseSoakOptions(args);
  } catch (error) {
    process.stderr.write(`error: ${messageOf(error)}\n${soakUsage}`);
    return 2;
  }
  using workshop = new Workshop();
  // Whatever ends us, a crash or Ctrl-C, what we started ends too.
  process.once('exit', () => workshop[Symbol.dispose]());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));
  try {
    const result = await soak(workshop, options, (line) => void process.stderr.write(`${line}\n`));
    process.stdout.write(`${align(tableOf(result)).join('\n')}\n`);
    const faults = faultsOf(result, options.connections);
    for (const fault of faults) process.stdout.write(`FAILED: ${fault}\n`);
    return faults.length === 0 ? 0 : 1;
  } catch (error) {
    const isExpected = error instanceof BenchError || !(error instanceof Error);
    process.stderr.write(`error: ${isExpected ? messageOf(error) : error.stack}\n`);
    return 1;
  }
}
