import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BenchError } from '../bench-error.ts';
import { drawChart } from './chart.ts';
import { reportMarkdown } from './markdown.ts';
import type { Report } from './report.ts';

/** Where documents are. */
export const docsFolder: string = fileURLToPath(new URL('../../../../docs/', import.meta.url));

/** Draws `docs/performance/SUITE.svg`; returns its path. */
export function writeChart(report: Report): string {
  mkdirSync(`${docsFolder}performance`, { recursive: true });
  const path = `${docsFolder}performance/${report.suite}.svg`;
  writeFileSync(path, drawChart(report));
  return path;
}

/** Brings `docs/performance.md` and the report and the chart that it shows up to date; returns its path. */
export function writeDocs(report: Report): string {
  writeChart(report);
  writeFileSync(`${docsFolder}performance/${report.suite}.json`, `${JSON.stringify(report, null, 2)}\n`);
  const path = `${docsFolder}performance.md`;
  writeFileSync(path, withReport(readFileSync(path, 'utf8'), report));
  return path;
}

/**
 * Puts a report into a page, between the two comments that are for its suite.
 *
 * @throws BenchError - the page has no such place
 */
export function withReport(page: string, report: Report): string {
  const begin = `<!-- ${report.suite} begin: written by npm run bench -- ${report.suite} --write-docs -->`;
  const end = `<!-- ${report.suite} end -->`;
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from === -1 || to < from) throw new BenchError(`docs/performance.md has no place for it: ${begin} … ${end}`);
  return `${page.slice(0, from + begin.length)}\n\n${reportMarkdown(report)}\n\n${page.slice(to)}`;
}
