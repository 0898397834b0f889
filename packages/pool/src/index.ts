export { PoolExhaustedError } from './errors.ts';
export type { CreateContext, Factory } from './factory.ts';
export type { PoolLease, ReplaceOptions } from './pool-lease.ts';
export type { PoolObserver } from './pool-observer.ts';
export type { PoolOptions } from './pool-options.ts';
export type { PoolStats } from './pool-stats.ts';
export { Pool } from './pool.ts';
export { systemClock } from './system-clock.ts';
export type { DrainOptions, PoolAcquireOptions, PoolContext } from './pool.ts';
