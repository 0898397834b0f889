import { invalidOption, unknownOption } from './errors.ts';

/** The longest delay that the timers of Node keep; anything above would fire at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** @throws ERR_POOL_INVALID_OPTION */
export function milliseconds(name: string, value: number): void {
  if (value >= 0 && value <= LONGEST_DELAY_MS) return;
  throw invalidOption(name, value, `a number of milliseconds from 0 to ${LONGEST_DELAY_MS}`);
}

/** @throws ERR_POOL_INVALID_OPTION */
export function wholeNumber(name: string, value: number, least = 0, most = Number.MAX_SAFE_INTEGER): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw invalidOption(name, value, `a whole number from ${least} to ${most}`);
}

/** @throws ERR_POOL_INVALID_OPTION */
export function numberWithin(name: string, value: number, least: number, most: number): void {
  if (value >= least && value <= most) return;
  throw invalidOption(name, value, `a number from ${least} to ${most}`);
}

/** What is misspelt, or belongs to another pool, would be without effect and nobody would know. @throws ERR_POOL_INVALID_OPTION */
export function noOthers(options: object, known: readonly string[]): void {
  // Not Object.keys: a call with options would pay for a list of them.
  for (const name in options) if (!known.includes(name)) throw unknownOption(name, known);
}
