import type { Case } from '../../comparison.ts';
import type { HttpBench } from '../target.ts';
import { handshakeCase } from './handshake-case.ts';
import { idleCase } from './idle-case.ts';
import { CONNECTIONS } from './load.ts';
import { loadCase } from './load-case.ts';
import { rateCase } from './rate-case.ts';

/** Names of the cases, in the order in which they run. */
export const httpCaseIds = ['small', '64k', '1m', 'post-64k', 'close', 'rate', 'idle', 'https', 'https-new'] as const;

/** A case of the HTTP suite. */
export type HttpCaseId = (typeof httpCaseIds)[number];

/** What peers are compared in. */
export function httpCases(bench: HttpBench): readonly Case<HttpCaseId>[] {
  const keepAlive = `${CONNECTIONS} kept connections`;
  return [
    loadCase(bench, { id: 'small', title: `GET, small answers, ${keepAlive}`, path: '/' }),
    loadCase(bench, { id: '64k', title: `GET, answers of 64 KiB, ${keepAlive}`, path: '/64k', countedBytes: 65_536 }),
    loadCase(bench, { id: '1m', title: `GET, answers of 1 MiB, ${keepAlive}`, path: '/1m', countedBytes: 1_048_576 }),
    loadCase(bench, {
      id: 'post-64k',
      title: `POST, bodies of 64 KiB, ${keepAlive}`,
      path: '/post',
      bodyBytes: 65_536,
      countedBytes: 65_536,
    }),
    loadCase(bench, {
      id: 'close',
      title: 'GET, a new connection for each request',
      path: '/',
      headers: { Connection: 'close' },
    }),
    rateCase(bench),
    idleCase(bench),
    loadCase(bench, { id: 'https', title: `GET over TLS 1.3, small answers, ${keepAlive}`, path: '/', isTls: true }),
    handshakeCase(bench),
  ];
}
