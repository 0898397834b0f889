import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { BenchError } from './bench-error.ts';
import type { CaseResult } from './comparison.ts';
import { parseOptions, usage } from './options.ts';
import type { BenchOptions } from './options.ts';
import { describeMachine } from './report/machine.ts';
import type { Report } from './report/report.ts';
import { caseText } from './report/text.ts';
import { runCase } from './run-case.ts';
import { suites } from './suites.ts';
import { LOAD_CORE } from './system/cores.ts';
import { needTool } from './system/find-tool.ts';
import { Workshop } from './system/workshop.ts';

/** Runs the benchmark that the command line names; resolves with the exit code. Tables go to stdout, all else to stderr. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(args, suites);
    const report = await measure(options);
    if (options.out !== undefined) writeFileSync(options.out, `${JSON.stringify(report, null, 2)}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`error: ${error instanceof BenchError ? error.message : String(error)}\n${usage}`);
    return 1;
  }
}

async function measure({ suite, caseIds, peers, rounds, seconds }: BenchOptions): Promise<Report> {
  execFileSync(needTool('taskset', 'util-linux'), ['-cp', `${LOAD_CORE}`, `${process.pid}`]);
  using workshop = new Workshop();
  // Whatever ends us, a crash or Ctrl-C, what we started ends too.
  process.once('exit', () => workshop[Symbol.dispose]());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));
  const machine = await describeMachine(workshop, suite.packages);
  const all = await suite.prepare(workshop, seconds);
  const compared = suite.peers.filter(({ name }) => peers.includes(name));
  const cases: CaseResult[] = [];
  for (const one of all.filter(({ id }) => caseIds.includes(id))) {
    const result = await runCase(one, compared, rounds, (line) => void process.stderr.write(`${line}\n`));
    process.stdout.write(caseText(result));
    cases.push(result);
  }
  return { suite: suite.name, takenAt: new Date().toISOString(), rounds, seconds, machine, cases };
}
