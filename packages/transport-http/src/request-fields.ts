import type { MessageLimits } from '@millpond/contracts';
import { fieldSectionEnd } from './field-block.ts';
import { scanFields, type ScannedFields } from './field-scan.ts';
import { hostOf, isValidAuthority } from './host.ts';
import { badRequest, expectationFailed, headTooLarge } from './http-errors.ts';

/** What the field section of a request says, checked as far as its request line does not matter. Never changed. */
export interface RequestFields {
  readonly said: Readonly<ScannedFields>;
  /** What Host says: lower case, without a port; empty where there is none. */
  readonly host: string;
  readonly expectsContinue: boolean;
}

/**
 * Parses a field section strictly.
 *
 * @param start - of the first line in `text`
 * @param end - behind the empty line
 * @throws HttpError 400, 417, 431
 */
export function parseRequestFields(text: string, start: number, end: number, limits: MessageLimits): RequestFields {
  if (fieldSectionEnd(text, start) !== end) throw badRequest('a header line is not "name: value"');
  const said = scanFields(text, start, end - 2, badRequest, true);
  if (limits.headers > 0 && said.count > limits.headers)
    throw headTooLarge(`more than ${limits.headers} header fields`);
  if (said.host !== undefined && !isValidAuthority(said.host)) throw badRequest('an invalid Host');
  return { said, host: hostOf(said.host ?? ''), expectsContinue: parseExpect(said.expect) };
}

function parseExpect(expect: string | undefined): boolean {
  if (expect === undefined) return false;
  if (expect.toLowerCase() === '100-continue') return true;
  throw expectationFailed();
}
