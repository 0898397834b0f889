import { httpSuite } from './http/suite.ts';
import type { Suite } from './suite.ts';

/** What `npm run bench -- NAME` knows. */
export const suites: readonly Suite[] = [httpSuite];
