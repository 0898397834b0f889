import type { HealthConfig } from '../proxy-config.ts';
import type { HealthInput } from '../schema/health-schema.ts';
import type { Draft } from './draft.ts';

/** A backend that is down is looked at more often, to be back soon. */
const DOWN_INTERVAL_MS = 1_000;

/** Reads `health`; `path` and `expect` are short for options of the http probe. */
export function toHealth(input: HealthInput, path: string, draft: Draft): HealthConfig {
  const name = input.probe ?? (input.path === undefined ? 'tcp' : 'http');
  const short: Record<string, unknown> = {};
  for (const key of ['path', 'expect'] as const) {
    if (input[key] === undefined) continue;
    if (name !== 'http')
      draft.refuse(`${path}.${key}`, `belongs to the http probe, and the probe here is ${name}`, 'key');
    short[key] = input[key];
  }
  return {
    probe: {
      name,
      options: { ...input.options, ...short },
      path: input.probe === undefined ? path : `${path}.probe`,
      optionsPath: input.options === undefined ? path : `${path}.options`,
    },
    intervalMs: input.interval,
    downIntervalMs: Math.min(DOWN_INTERVAL_MS, input.interval),
    timeoutMs: input.timeout,
    unhealthyThreshold: input.unhealthyThreshold,
    healthyThreshold: input.healthyThreshold,
  };
}
