import type { Plugin } from '@millpond/contracts';
import { headers } from './headers.ts';
import { pathStats } from './path-stats.ts';

/** The filters that come with the proxy. */
export const filters: readonly Plugin[] = [pathStats, headers];
