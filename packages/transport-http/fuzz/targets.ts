import { chunks } from './chunks.ts';
import { requests } from './requests.ts';
import { responses } from './responses.ts';
import type { FuzzTarget } from './target.ts';

/** All that is fuzzed, by name. */
export const TARGETS: Readonly<Record<string, () => FuzzTarget>> = { requests, responses, chunks };
