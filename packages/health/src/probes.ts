import type { Plugin } from '@millpond/contracts';
import { httpProbePlugin } from './http-probe.ts';
import { tcpProbePlugin } from './tcp-probe.ts';

/** The built-in probes: `tcp`, `http`. */
export const probes: readonly Plugin[] = [tcpProbePlugin, httpProbePlugin];
