import { isToken, trimmed } from './field-block.ts';
import type { ScannedFields } from './field-scan.ts';
import { badResponse, type Malformed } from './http-errors.ts';

/**
 * Other versions of HTTP. They are never asked for: requests within such a tunnel would pass by every rule of this proxy
 * (h2c smuggling).
 */
const VERSIONS_OF_HTTP: ReadonlySet<string> = new Set(['h2c', 'h2', 'http']);

/**
 * The protocols that a message asks for, or switches to, by its fields Upgrade and Connection (RFC 9110 §7.8): those that
 * are passed on, as a list in the order they came; empty where there are none.
 *
 * @throws the error of `malformed` - one is not `name` or `name/version`
 */
export function upgradeProtocols(
  { upgrade, saysUpgrade }: Pick<ScannedFields, 'upgrade' | 'saysUpgrade'>,
  malformed: Malformed,
): string {
  if (upgrade === undefined || !saysUpgrade) return '';
  const passed: string[] = [];
  for (const protocol of listed(upgrade)) {
    const [name = '', version = '-', ...rest] = protocol.split('/');
    if (!isToken(name) || !isToken(version) || rest.length > 0) throw malformed('an Upgrade that names no protocol');
    if (!VERSIONS_OF_HTTP.has(name.toLowerCase())) passed.push(protocol);
  }
  return passed.join(', ');
}

/**
 * Checks that a 101 is what was asked for.
 *
 * @param asked - what the request asked for; see {@link upgradeProtocols}
 * @param chosen - what the response switches to
 * @throws HttpError 502 - nobody asked, or not for that
 */
export function checkSwitch(asked: string, chosen: string): void {
  if (asked === '') throw badResponse('it switches protocols though it was not asked to');
  if (chosen === '') throw badResponse('it switches protocols and does not say to which');
  const wanted = listed(asked.toLowerCase());
  if (!listed(chosen.toLowerCase()).every((protocol) => wanted.includes(protocol))) {
    throw badResponse('it switches to a protocol that was not asked for');
  }
}

function listed(value: string): string[] {
  return value
    .split(',')
    .map((item) => trimmed(item))
    .filter((item) => item !== '');
}
