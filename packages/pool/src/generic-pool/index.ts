export { createPool, GenericPool } from './generic-pool.ts';
export type { GenericPoolFactory } from './generic-pool.ts';
export type { GenericPoolOptions } from './options.ts';
