import { MillpondError } from '@millpond/contracts';
import { z } from 'zod';

/**
 * Checks an option bag and fills in its defaults.
 *
 * @throws ERR_HEALTH_INVALID_OPTION - the message names every option that is wrong
 */
export function parseOptions<Options>(owner: string, schema: z.ZodType<Options>, options: unknown): Options {
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  throw new MillpondError(
    'ERR_HEALTH_INVALID_OPTION',
    `The options of ${owner} are not valid:\n${z.prettifyError(result.error)}`,
    { cause: result.error },
  );
}
