import { httpSuite } from './http/suite.ts';
import { poolSuite } from './pool/suite.ts';
import type { Suite } from './suite.ts';
import { tcpSuite } from './tcp/suite.ts';

/** What `npm run bench -- NAME` knows. */
export const suites: readonly Suite[] = [httpSuite, tcpSuite, poolSuite];
