import { definePlugin, MillpondError } from '@millpond/contracts';
import type { Backend, Discovery } from '@millpond/contracts';
import { z } from 'zod';
import { backendInputSchema } from './backend-input.ts';
import { assertDistinct, parseBackend } from './parse-backend.ts';

/**
 * A list that never changes.
 *
 * @throws ERR_DISCOVERY_DUPLICATE_BACKEND - two of `backends` have the same id
 */
export function staticDiscovery(backends: readonly Backend[]): Discovery {
  assertDistinct(backends);
  const list = [...backends];
  return {
    async *watch({ signal }) {
      if (!signal.aborted) yield list;
    },
  };
}

const staticOptions = z
  .strictObject({
    /** The list; it may be empty. */
    backends: z.array(backendInputSchema),
    /** What an address without a scheme stands for. */
    scheme: z.enum(['http', 'tcp']).default('http'),
  })
  .transform(({ backends, scheme }, context) =>
    backends.map((input, index) => {
      try {
        return parseBackend(input, scheme);
      } catch (error) {
        if (!(error instanceof MillpondError)) throw error;
        context.addIssue({ code: 'custom', path: ['backends', index], message: error.message });
        return z.NEVER;
      }
    }),
  );

/** The plugin `static`: the backends that its options name. */
export const staticPlugin = definePlugin({
  kind: 'discovery',
  name: 'static',
  apiVersion: 1,
  options: staticOptions,
  create: (backends) => staticDiscovery(backends),
});
