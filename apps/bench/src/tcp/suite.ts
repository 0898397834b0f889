import { startBackend } from '../http/backend.ts';
import { makeCertificate } from '../http/certificate.ts';
import type { HttpPeer } from '../http/peers/http-peer.ts';
import type { Suite } from '../suite.ts';
import { tcpCaseIds, tcpCases } from './cases.ts';
import { haproxy, haproxySplice } from './peers/haproxy.ts';
import { millpondTcp } from './peers/millpond.ts';
import { nginxStream } from './peers/nginx-stream.ts';
import { nodePipe } from './peers/node-pipe.ts';

const tcpPeers: readonly HttpPeer[] = [millpondTcp, haproxy, haproxySplice, nginxStream, nodePipe];

/** Relays of TCP before one backend. */
export const tcpSuite: Suite = {
  name: 'tcp',
  peers: tcpPeers,
  caseIds: tcpCaseIds,
  quickCaseIds: ['small', '1m'],
  packages: [],
  async prepare(workshop, seconds) {
    const certificate = await makeCertificate(workshop);
    const backendPort = await startBackend(workshop);
    return tcpCases({ workshop, peers: tcpPeers, backendPort, certificate, seconds, shared: new Map() });
  },
};
