import { z } from 'zod';

/** HTTP statuses from the first to the last. */
export type StatusRange = readonly [first: number, last: number];

const status = z.int().min(100).max(599);

const range = z
  .string()
  .regex(/^[1-5]\d\d(-[1-5]\d\d)?$/, 'expected a status or a range of them, such as 204 or 200-399')
  .transform((text): StatusRange => {
    const first = Number(text.slice(0, 3));
    return [first, text.length > 3 ? Number(text.slice(4)) : first];
  })
  .refine(([first, last]) => first <= last, 'expected a range that begins below its end');

const item = z.union([status.transform((only): StatusRange => [only, only]), range]);

/** Reads a status, a range (`200-399`), or a list of both. */
export const statusRanges = z.union([item.transform((only) => [only]), z.array(item).min(1)]);

/** Whether one of the ranges holds `code`. */
export function includesStatus(ranges: readonly StatusRange[], code: number): boolean {
  return ranges.some(([first, last]) => first <= code && code <= last);
}

/** For messages: `200-299, 401`. */
export function formatStatuses(ranges: readonly StatusRange[]): string {
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(', ');
}
