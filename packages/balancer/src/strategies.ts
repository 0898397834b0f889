import type { Plugin } from '@millpond/contracts';
import { ipHash } from './strategies/ip-hash.ts';
import { leastConnections } from './strategies/least-connections.ts';
import { random } from './strategies/random.ts';
import { roundRobin } from './strategies/round-robin.ts';
import { weightedRoundRobin } from './strategies/weighted-round-robin.ts';

/** The strategies that come with Millpond. */
export const strategies: readonly Plugin[] = [roundRobin, weightedRoundRobin, leastConnections, random, ipHash];
