import { trimmed } from './field-block.ts';

/** Longer lists are not looked into. */
const MAX_LENGTH = 1024;

/** A media range with its parameters (RFC 9110 §12.5.1), of which quoted ones are not understood. */
const RANGE =
  /^([!#$%&'*+\-.^_`|~0-9a-z]+)\/([!#$%&'*+\-.^_`|~0-9a-z]+)((?:[ \t]*;[ \t]*[!#$%&'*+\-.^_`|~0-9a-z]+=[!#$%&'*+\-.^_`|~0-9a-z]+)*)$/;
const QUALITY = /;[ \t]*q=([^; \t]*)/;
const QVALUE = /^(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/;

/** How much a type is wanted, by the range that fits it best. */
interface Preference {
  quality: number;
  /** 2 where a range names the type, 1 where it names its family, 0 for any type. */
  precision: number;
}

/**
 * Whether a client would rather have JSON than plain text: it gives JSON the higher quality, or an equal one and names it.
 * Whoever takes anything, or says what cannot be understood, gets text.
 *
 * @param accept - the value of Accept
 */
export function prefersJson(accept: string | undefined): boolean {
  if (accept === undefined || accept.length > MAX_LENGTH) return false;
  const json: Preference = { quality: 0, precision: -1 };
  const text: Preference = { quality: 0, precision: -1 };
  for (const item of accept.toLowerCase().split(',')) {
    const range = trimmed(item);
    if (range === '') continue;
    const [, type = '', subtype = '', parameters = ''] = RANGE.exec(range) ?? [];
    const quality = qualityOf(parameters);
    if (type === '' || quality === undefined) return false;
    note(json, precisionFor(type, subtype, 'application', JSON_SUBTYPES), quality);
    note(text, precisionFor(type, subtype, 'text', TEXT_SUBTYPES), quality);
  }
  if (json.quality === text.quality) return json.quality > 0 && json.precision === 2;
  return json.quality > text.quality;
}

const JSON_SUBTYPES: ReadonlySet<string> = new Set(['json', 'problem+json']);
const TEXT_SUBTYPES: ReadonlySet<string> = new Set(['plain']);

/** @returns -1 where the range is none of that family */
function precisionFor(type: string, subtype: string, family: string, subtypes: ReadonlySet<string>): number {
  if (type !== family && type !== '*') return -1;
  // Not a range by the book, but its meaning is plain.
  if (subtypes.has(subtype)) return 2;
  if (subtype !== '*') return -1;
  return type === '*' ? 0 : 1;
}

/** The most precise range counts; of several, the one that wants it most. */
function note(preference: Preference, precision: number, quality: number): void {
  if (precision === -1 || precision < preference.precision) return;
  preference.quality = precision > preference.precision ? quality : Math.max(quality, preference.quality);
  preference.precision = precision;
}

/** 1 unless said otherwise; undefined where it is malformed. */
function qualityOf(parameters: string): number | undefined {
  const [, written] = QUALITY.exec(parameters) ?? [];
  if (written === undefined) return 1;
  return QVALUE.test(written) ? Number(written) : undefined;
}
