import { invalidOption, unknownOption } from './errors.ts';

/** The longest delay that the timers of Node keep, 24.8 days; anything above would fire at once. */
export const LONGEST_DELAY_MS = 2 ** 31 - 1;

// Values are unknown here, whatever their types: programs that are not in TypeScript may give anything, and a text or null
// compares like a number.

/** @throws ERR_POOL_INVALID_OPTION */
export function milliseconds(name: string, value: unknown, least = 0): void {
  if (typeof value === 'number' && value >= least && value <= LONGEST_DELAY_MS) return;
  throw invalidOption(name, value, `a number of milliseconds from ${least} to ${LONGEST_DELAY_MS}`);
}

/** @throws ERR_POOL_INVALID_OPTION */
export function wholeNumber(name: string, value: unknown, least = 0, most = Number.MAX_SAFE_INTEGER): void {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return;
  throw invalidOption(name, value, `a whole number from ${least} to ${most}`);
}

/** @throws ERR_POOL_INVALID_OPTION */
export function numberWithin(name: string, value: unknown, least: number, most: number): void {
  if (typeof value === 'number' && value >= least && value <= most) return;
  throw invalidOption(name, value, `a number from ${least} to ${most}`);
}

/** @throws ERR_POOL_INVALID_OPTION */
export function object(name: string, value: unknown): void {
  if (typeof value === 'object' && value !== null) return;
  throw invalidOption(name, value, 'an object');
}

/** @throws ERR_POOL_INVALID_OPTION */
export function callable(name: string, value: unknown): void {
  if (typeof value !== 'function') throw invalidOption(name, value, 'a function');
}

/** Whatever can be listened to like an AbortSignal, which need not be Node's own. @throws ERR_POOL_INVALID_OPTION */
export function abortSignal(name: string, value: unknown): void {
  if (value === undefined || isAbortSignal(value)) return;
  throw invalidOption(name, value, 'an AbortSignal, or left out');
}

/** What is misspelt, or belongs to another pool, would be without effect and nobody would know. @throws ERR_POOL_INVALID_OPTION */
export function noOthers(options: object, known: readonly string[]): void {
  // Not Object.keys: a call with options would pay for a list of them.
  for (const name in options) if (!known.includes(name)) throw unknownOption(name, known);
}

function isAbortSignal(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'aborted' in value &&
    typeof value.aborted === 'boolean' &&
    'addEventListener' in value &&
    typeof value.addEventListener === 'function' &&
    'removeEventListener' in value &&
    typeof value.removeEventListener === 'function'
  );
}
