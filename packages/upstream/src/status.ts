import type { BackendState, Connection } from '@millpond/contracts';
import type { OperatorState, ProberStats } from '@millpond/health';
import type { PoolStats } from '@millpond/pool';

import type { Member } from './member.ts';

/** One backend at one moment, and what it has done since it was added. */
export interface BackendStatus {
  readonly id: string;
  readonly url: string;
  readonly priority: number;
  /** Effective weight. */
  readonly weight: number;
  readonly state: BackendState;
  readonly operatorState: OperatorState;
  /** Whether new exchanges may go to it. */
  readonly usable: boolean;
  /** Exchanges under way. */
  readonly active: number;
  /** Callers that wait for a connection to it. */
  readonly queued: number;
  /** Moving average of the time to the first byte of an answer; 0 until there was one. */
  readonly latencyMs: number;
  /** Exchanges that were begun. */
  readonly requests: number;
  /** Dials that failed, and exchanges that ended through its fault. */
  readonly failures: number;
  /** Connections that were found stale and dialled anew. */
  readonly redials: number;
  readonly pool: PoolStats;
}

/** An upstream at one moment. */
export interface UpstreamStats {
  readonly name: string;
  /** How many backends may be used. */
  readonly usable: number;
  /** Sums over the backends there are now. */
  readonly active: number;
  /** With those that wait because of `maxTotal`. */
  readonly queued: number;
  readonly requests: number;
  readonly failures: number;
  /** Active checks so far; undefined where there is no probe. */
  readonly probe: ProberStats | undefined;
  readonly backends: readonly BackendStatus[];
}

/** One member, as it is now. */
export function statusOf<C extends Connection>(member: Member<C>): BackendStatus {
  const { backend, health, weight, active, queued, latencyMs, requests, failures, redials } = member;
  const { state, operatorState, usable } = health;
  const { id, url, priority } = backend;
  const pool = member.pool.stats();
  return {
    id,
    url,
    priority,
    weight,
    state,
    operatorState,
    usable,
    active,
    queued,
    latencyMs,
    requests,
    failures,
    redials,
    pool,
  };
}

/** Sums up an upstream. @param waiting - callers that wait for no backend in particular */
export function statsOf(
  name: string,
  backends: BackendStatus[],
  probe: ProberStats | undefined,
  waiting: number,
): UpstreamStats {
  return {
    name,
    usable: backends.filter(({ usable, weight }) => usable && weight > 0).length,
    active: sum(backends, 'active'),
    queued: sum(backends, 'queued') + waiting,
    requests: sum(backends, 'requests'),
    failures: sum(backends, 'failures'),
    probe,
    backends,
  };
}

function sum(backends: readonly BackendStatus[], field: 'active' | 'queued' | 'requests' | 'failures'): number {
  return backends.reduce((total, backend) => total + backend[field], 0);
}
