import { BenchError } from '../bench-error.ts';
import { freePort, untilOpen } from '../system/ports.ts';
import type { Program } from '../system/program.ts';
import type { Workshop } from '../system/workshop.ts';
import type { Certificate } from './certificate.ts';
import type { HttpPeer } from './peers/http-peer.ts';

/** Loading packages, all peers at a time on one core, on a machine that may have more to do. */
const START_MS = 20_000;

/** What all cases share. */
export interface HttpBench {
  readonly workshop: Workshop;
  /** Those that may be started. */
  readonly peers: readonly HttpPeer[];
  readonly backendPort: number;
  readonly certificate: Certificate;
  /** How long a round takes. */
  readonly seconds: number;
  /** Those that are running for all cases. */
  readonly shared: Map<string, Promise<Target>>;
}

/** A peer that listens. */
export interface Target {
  readonly peer: HttpPeer;
  readonly program: Program;
  readonly pid: number;
  readonly port: number;
  readonly certificate: Certificate | undefined;
  /** Whether it has had load before, and its code is compiled. */
  isWarm: boolean;
  url(path: string): string;
}

/** Whether it is a program of Node's. */
export function isOnNode({ peer }: Pick<Target, 'peer'>): boolean {
  return peer.role === 'node' || peer.role === 'ours';
}

/** How {@link startTarget} starts a peer. */
export interface TargetOptions {
  /** Whether clients speak TLS; they do not unless given. */
  readonly isTls?: boolean;
  /** Gives it a process of its own. */
  readonly nodeArgs?: readonly string[];
}

/**
 * The peer that all cases share, started when the first of them asks for it: by the next one its code is compiled, as it is
 * in a proxy that runs for days. It is stopped with the workshop.
 *
 * @throws Error - as {@link startTarget}
 */
export async function sharedTarget(bench: HttpBench, name: string, options: TargetOptions): Promise<Target> {
  const key = `${name}${options.isTls === true ? ' with TLS' : ''}`;
  const running = await bench.shared.get(key);
  if (running?.program.hasEnded === false) return running;
  const started = startTarget(bench, name, options);
  bench.shared.set(key, started);
  return started;
}

/**
 * Starts a peer and waits until it listens.
 *
 * @throws Error - it is not installed, or did not come up; the message is what it said
 */
export async function startTarget(bench: HttpBench, name: string, options: TargetOptions = {}): Promise<Target> {
  const { workshop, backendPort } = bench;
  const peer = bench.peers.find((one) => one.name === name);
  if (peer === undefined) throw new BenchError(`there is no peer ${name}`);
  const certificate = options.isTls === true ? bench.certificate : undefined;
  const port = await freePort();
  const program = peer.start({ workshop, port, backendPort, certificate, nodeArgs: options.nodeArgs ?? [] });
  try {
    await untilOpen(program, port, START_MS);
    if (program.pid === undefined) throw new BenchError(`${name} did not start`);
  } catch (error) {
    await program.stop();
    throw error;
  }
  const scheme = certificate === undefined ? 'http' : 'https';
  const url = (path: string): string => `${scheme}://127.0.0.1:${port}${path}`;
  return { peer, program, pid: program.pid, port, certificate, isWarm: false, url };
}
