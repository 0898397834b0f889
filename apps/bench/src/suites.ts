import { httpSuite } from './http/suite.ts';
import { poolSuite } from './pool/suite.ts';
import type { Suite } from './suite.ts';

/** What `npm run bench -- NAME` knows. */
export const suites: readonly Suite[] = [httpSuite, poolSuite];
