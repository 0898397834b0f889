import type { Peer } from '../../comparison.ts';
import type { Program } from '../../system/program.ts';
import type { Workshop } from '../../system/workshop.ts';
import type { Certificate } from '../certificate.ts';

/** What a peer is to do. */
export interface PeerTask {
  readonly workshop: Workshop;
  /** Where it is to listen, on 127.0.0.1. */
  readonly port: number;
  /** Where the backend listens, on 127.0.0.1. */
  readonly backendPort: number;
  /** Its clients speak TLS when there is one. */
  readonly certificate: Certificate | undefined;
  /** Arguments for Node, of peers that run on it. */
  readonly nodeArgs: readonly string[];
}

/** A proxy that is compared. */
export interface HttpPeer extends Peer {
  /**
   * Starts it, pinned to the proxy's core; it may not listen yet.
   *
   * @throws Error - it is not installed
   */
  start(task: PeerTask): Program;
}
