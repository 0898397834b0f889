import type { CaseResult } from '../comparison.ts';
import { cellsOf } from './cells.ts';
import type { Cells } from './cells.ts';
import { disturbanceOf } from './disturbance.ts';
import type { Machine } from './machine.ts';
import type { Report } from './report.ts';
import { summaryOf } from './summary.ts';

/** A report as a part of docs/performance.md: chart, where it was taken, summary, and a table for each case. */
export function reportMarkdown(report: Report): string {
  const { suite, machine, rounds, seconds, takenAt, cases } = report;
  const chart = `![What each peer needs in each case; less is better](performance/${suite}.svg)`;
  const taken =
    `Taken on ${takenAt.slice(0, 10)}, rounds: ${rounds} of ${seconds} s each, ` +
    `on ${machine.cores} cores of ${machine.cpu}, Linux ${machine.kernel}: ${versions(machine)}.`;
  const all = `Everything that was measured, each round of each peer, is in [performance/${suite}.json](performance/${suite}.json).`;
  return [taken, table(summaryOf(cases)), chart, all, ...cases.map(caseMarkdown)].join('\n\n');
}

function caseMarkdown(result: CaseResult): string {
  const notes = result.absent.map(({ peer, reason }) => `${peer} is not available: ${reason}`);
  const disturbance = disturbanceOf(result);
  if (disturbance !== undefined) notes.push(disturbance);
  const parts = [`### \`${result.id}\`: ${result.title}`];
  if (result.results.length > 0) parts.push(table(cellsOf(result)));
  if (notes.length > 0) parts.push(notes.join('\n'));
  return parts.join('\n\n');
}

function versions({ versions: all }: Machine): string {
  return Object.entries(all)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
}

function table({ head, rows }: Cells): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (column === 0 ? '---' : '--:'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}
