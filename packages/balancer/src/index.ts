export { Balancer } from './balancer.ts';
export { LiveCandidate } from './live-candidate.ts';
export { strategies } from './strategies.ts';
export { ipHash } from './strategies/ip-hash.ts';
export { leastConnections } from './strategies/least-connections.ts';
export { random } from './strategies/random.ts';
export { roundRobin } from './strategies/round-robin.ts';
export { weightedRoundRobin } from './strategies/weighted-round-robin.ts';
