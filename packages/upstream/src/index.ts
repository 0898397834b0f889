export type { UpstreamContext, UpstreamOptions } from './options.ts';
export type { BackendStatus, UpstreamStats } from './status.ts';
export { Upstream } from './upstream.ts';
export type { DrainOptions } from './upstream.ts';
