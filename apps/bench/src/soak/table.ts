import type { Cells } from '../report/cells.ts';
import type { MemoryReading, SoakResult, SoakRound } from './soak-result.ts';

/** What was seen, for a terminal. */
export function tableOf({ before, first, second }: SoakResult): Cells {
  return {
    head: ['', 'connections', 'messages', 'errors', 'peak RSS', 'heap + external after', 'RSS after'],
    rows: [
      ['before', '', '', '', '', ...memory(before)],
      ['first round', ...round(first)],
      ['second round', ...round(second)],
    ],
  };
}

function round({ clients, peakRssBytes, after }: SoakRound): string[] {
  const { openAtEnd, exchanges, errors } = clients;
  return [
    ...[openAtEnd, exchanges, errors].map((count) => count.toLocaleString('en')),
    mib(peakRssBytes),
    ...memory(after),
  ];
}

function memory({ usedBytes, rssBytes }: MemoryReading): string[] {
  return [mib(usedBytes), mib(rssBytes)];
}

function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
