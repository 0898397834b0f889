import type { AccessRules } from '@millpond/contracts';
import type { AccessInput } from '../schema/access-schema.ts';

/** Reads `access`. */
export function toAccess({ allow, deny, rate, maxConnections }: AccessInput): AccessRules {
  return {
    ...(allow && { allow }),
    deny,
    ...(rate && {
      rate: { connections: rate.connections, perMs: rate.per, burst: rate.burst ?? rate.connections },
    }),
    maxConnections,
  };
}
