import { validateHeaderName, validateHeaderValue } from 'node:http';
import { z } from 'zod';
import { statusRanges } from './status-ranges.ts';

/** What {@link httpProbe} asks, and which answer is a healthy one. */
export interface HttpProbeOptions {
  /**
   * Path and query.
   *
   * @defaultValue '/'
   */
  readonly path?: string | undefined;
  /** @defaultValue 'GET' */
  readonly method?: 'GET' | 'HEAD' | 'OPTIONS' | 'POST' | undefined;
  /**
   * The Host header.
   *
   * @defaultValue host and port of the backend's URL
   */
  readonly host?: string | undefined;
  /** Further headers of the request. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Statuses of a healthy answer: one, a range such as `200-299`, or a list of both.
   *
   * @defaultValue '200-399'
   */
  readonly expect?: number | string | readonly (number | string)[] | undefined;
  /** Text that must stand within the first 64 Ki characters of the body. @defaultValue any body will do, and none is read */
  readonly body?: string | undefined;
}

const headerValue = z.string().refine((value) => isValid(() => validateHeaderValue('x', value)), 'not a header value');
const headerName = z.string().refine((name) => isValid(() => validateHeaderName(name)), 'not a header name');

/** Checks {@link HttpProbeOptions} and fills in the defaults. */
export const httpProbeOptions = z
  .strictObject({
    path: z
      .string()
      .regex(/^\/[\x21-\x7e]*$/, 'expected a path that begins with / and has no blanks')
      .default('/'),
    method: z.enum(['GET', 'HEAD', 'OPTIONS', 'POST']).default('GET'),
    host: headerValue.optional(),
    headers: z.record(headerName, headerValue).default({}),
    expect: statusRanges.default([[200, 399]]),
    body: z.string().min(1).optional(),
  })
  .refine(({ method, body }) => method !== 'HEAD' || body === undefined, {
    path: ['body'],
    error: 'the answer to a HEAD has no body',
  }) satisfies z.ZodType<unknown, HttpProbeOptions>;

function isValid(check: () => void): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}
