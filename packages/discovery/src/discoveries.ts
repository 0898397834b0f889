import type { Plugin } from '@millpond/contracts';
import { staticPlugin } from './static-discovery.ts';

/** The discoveries that come with Millpond. */
export const discoveries: readonly Plugin[] = [staticPlugin];
