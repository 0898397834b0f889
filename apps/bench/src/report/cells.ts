import type { CaseResult, PeerResult } from '../comparison.ts';

/** A table: its head, then a row for each peer; every row has as many cells as the head. */
export interface Cells {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A column, and what it says of a peer. */
interface Column {
  readonly name: string;
  readonly cell: (result: PeerResult) => string;
}

/** The table of one case: medians of what was measured. Columns that would be empty are left out. */
export function cellsOf(result: CaseResult): Cells {
  const columns = columnsOf(result).filter(({ cell }) => result.results.some((one) => cell(one) !== ''));
  return {
    head: ['', ...columns.map(({ name }) => name)],
    rows: result.results.map((one) => [one.peer, ...columns.map(({ cell }) => cell(one))]),
  };
}

function columnsOf({ score, reference, bestNode }: CaseResult): Column[] {
  return [
    { name: score, cell: ({ median }) => figure(median.score) },
    { name: 'user', cell: ({ median }) => figure(median.userUs) },
    { name: 'sys', cell: ({ median }) => figure(median.systemUs) },
    { name: `× ${reference}`, cell: ({ toReference }) => ratio(toReference) },
    { name: `× ${bestNode}`, cell: ({ toBestNode }) => ratio(toBestNode) },
    { name: 'requests/s', cell: ({ median }) => figure(median.requestsPerSecond) },
    { name: 'p50 µs', cell: ({ median }) => figure(median.p50Us) },
    { name: 'p99 µs', cell: ({ median }) => (score === 'p99 µs' ? '' : figure(median.p99Us)) },
    { name: 'bytes', cell: ({ median }) => figure(median.bytesPerOperation) },
    { name: 'RSS MiB', cell: ({ median }) => figure(median.rssBytes / 1024 / 1024) },
    { name: 'failures', cell: ({ median }) => `${median.failures}` },
  ];
}

/** Three digits that count, and no more: rounds differ by more than that. */
export function figure(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function ratio(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? '' : value.toFixed(2);
}
