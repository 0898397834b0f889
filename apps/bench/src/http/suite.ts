import type { Suite } from '../suite.ts';
import { startBackend } from './backend.ts';
import { httpCaseIds, httpCases } from './cases/cases.ts';
import { makeCertificate } from './certificate.ts';
import { httpPeers } from './peers/peers.ts';

/** HTTP/1.1 proxies before one backend. */
export const httpSuite: Suite = {
  name: 'http',
  peers: httpPeers,
  caseIds: httpCaseIds,
  quickCaseIds: ['small', '64k'],
  packages: ['httpxy', 'http-proxy-3', '@fastify/reply-from', 'fastify', 'fast-proxy'],
  async prepare(workshop, seconds) {
    const certificate = await makeCertificate(workshop);
    const backendPort = await startBackend(workshop);
    return httpCases({ workshop, peers: httpPeers, backendPort, certificate, seconds, shared: new Map() });
  },
};
