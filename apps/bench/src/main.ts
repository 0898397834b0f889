import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { BenchError, messageOf } from './bench-error.ts';
import type { CaseResult } from './comparison.ts';
import { parseOptions, usage } from './options.ts';
import type { BenchOptions } from './options.ts';
import { writeChart, writeDocs } from './report/docs.ts';
import { describeMachine } from './report/machine.ts';
import type { Report } from './report/report.ts';
import { summaryOf } from './report/summary.ts';
import { align, caseText } from './report/text.ts';
import { runCase } from './run-case.ts';
import { suites } from './suites.ts';
import { LOAD_CORE } from './system/cores.ts';
import { needTool } from './system/find-tool.ts';
import { Workshop } from './system/workshop.ts';

/**
 * Runs the benchmark that the command line names. Tables go to stdout, all else to stderr.
 *
 * @returns what the process is to end with: 0, 1 when it failed, 2 when the command line cannot be meant
 */
export async function main(args: readonly string[]): Promise<number> {
  let options: BenchOptions;
  try {
    options = parseOptions(args, suites);
  } catch (error) {
    process.stderr.write(`error: ${messageOf(error)}\n${usage}`);
    return 2;
  }
  try {
    present(await measure(options), options);
    return 0;
  } catch (error) {
    const isExpected = error instanceof BenchError || !(error instanceof Error);
    process.stderr.write(`error: ${isExpected ? messageOf(error) : error.stack}\n`);
    return 1;
  }
}

function present(report: Report, { out, withChart, withDocs }: BenchOptions): void {
  process.stdout.write(`${align(summaryOf(report.cases)).join('\n')}\n`);
  if (out !== undefined) writeFileSync(out, `${JSON.stringify(report, null, 2)}\n`);
  if (withDocs) writeDocs(report);
  else if (withChart) writeChart(report);
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
