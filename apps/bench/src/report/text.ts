import type { CaseResult } from '../comparison.ts';
import { cellsOf } from './cells.ts';
import type { Cells } from './cells.ts';
import { disturbanceOf } from './disturbance.ts';

/** A case for a terminal. */
export function caseText(result: CaseResult): string {
  const lines = [`${result.id}: ${result.title}`, ...(result.results.length === 0 ? [] : align(cellsOf(result)))];
  const absent = result.absent.map(({ peer, reason }) => `${peer} is not available: ${reason}`);
  const disturbance = disturbanceOf(result);
  return [...lines, ...absent, ...(disturbance === undefined ? [] : [disturbance]), ''].join('\n') + '\n';
}

/** Lines of a table, with the first column to the left and figures to the right. */
export function align({ head, rows }: Cells): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
