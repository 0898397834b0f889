import { strategies } from '@millpond/balancer';
import type { Plugin } from '@millpond/contracts';
import { discoveries } from '@millpond/discovery';
import { probes } from '@millpond/health';
import { httpTransport } from '@millpond/transport-http';
import { tcpTransport } from '@millpond/transport-tcp';
import { filters } from './filters/index.ts';

/** Every plugin that comes with the proxy; registered by the same call as those of others. */
export const builtInPlugins: readonly Plugin[] = [
  tcpTransport,
  httpTransport,
  ...strategies,
  ...probes,
  ...discoveries,
  ...filters,
];
