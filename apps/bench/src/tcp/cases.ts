import type { Case } from '../comparison.ts';
import { idleCase } from '../http/cases/idle-case.ts';
import { CONNECTIONS } from '../http/cases/load.ts';
import { loadCase } from '../http/cases/load-case.ts';
import type { HttpBench } from '../http/target.ts';

/** Names of the cases, in the order in which they run. */
export const tcpCaseIds = ['small', '1m', 'close', 'idle'] as const;

/** What relays are compared in: HTTP goes through them, and they do not know. */
export function tcpCases(bench: HttpBench): readonly Case[] {
  const kept = `${CONNECTIONS} open connections`;
  return [
    loadCase(bench, { id: 'small', title: `small questions and answers, ${kept}`, path: '/' }),
    loadCase(bench, { id: '1m', title: `answers of 1 MiB, ${kept}`, path: '/1m', countedBytes: 1_048_576 }),
    loadCase(bench, {
      id: 'close',
      title: 'a connection for each question and answer',
      path: '/',
      headers: { Connection: 'close' },
    }),
    idleCase(bench),
  ];
}
