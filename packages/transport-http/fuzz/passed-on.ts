import { withoutBlanks, type Field } from './fields.ts';

/** Belong to one connection; none of them is ever passed on (RFC 9110 §7.6.1). */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);

/** Connection cannot name them away. */
const STAYS: ReadonlySet<string> = new Set(['host', 'authorization', 'cookie', 'set-cookie', 'via']);

/** May be said in another way and another place, so it is looked at apart. */
const LENGTH = 'content-length';

/** Names that the other side may take for others, with `_` for `-`: dropped. */
const ALIAS = /^(?:content_length|transfer_encoding|proxy_connection|x(?:_forwarded[-_]|-forwarded_).*)$/;

/** What a proxy may say in a message that it passes on, and what it may leave out of it besides hop-by-hop fields. */
export interface Licence {
  /** Names, in lower case, that it may say itself and leave out. */
  readonly own: Pick<ReadonlySet<string>, 'has'>;
  /** Whether it may leave out a field of that name, in lower case, though Connection does not name it. */
  mayDrop(name: string): boolean;
}

/**
 * Holds the fields that were passed on against those that came: nothing end-to-end is lost, added, changed or moved, and
 * nothing hop-by-hop goes on.
 *
 * @returns what is wrong; undefined where nothing is
 */
export function wrongInFields(came: readonly Field[], wentOn: readonly Field[], licence: Licence): string | undefined {
  const length = lengthIn(wentOn);
  if (length !== lengthIn(came) && !(length === undefined && licence.mayDrop(LENGTH))) return 'another length is said';
  const named = namedByConnection(came);
  let at = 0;
  for (const [name, value] of wentOn) {
    const key = name.toLowerCase();
    if (key === LENGTH || licence.own.has(key)) continue;
    if (HOP_BY_HOP.has(key)) return 'a hop-by-hop field was passed on';
    for (; ; at++) {
      const original = came[at];
      if (original === undefined) return 'a field was added, changed or moved';
      if (original[0] === name && original[1] === value) break;
      if (!mayGo(original[0].toLowerCase(), named, licence)) return 'an end-to-end field was lost';
    }
    at++;
  }
  const lost = came.slice(at).some(([name]) => !mayGo(name.toLowerCase(), named, licence));
  return lost ? 'an end-to-end field was lost' : undefined;
}

function lengthIn(fields: readonly Field[]): number | undefined {
  const [, value] = fields.find(([name]) => name.toLowerCase() === LENGTH) ?? [];
  return value === undefined ? undefined : Number(value);
}

function mayGo(key: string, named: ReadonlySet<string>, licence: Licence): boolean {
  return (
    key === LENGTH ||
    ALIAS.test(key) ||
    HOP_BY_HOP.has(key) ||
    licence.own.has(key) ||
    licence.mayDrop(key) ||
    (named.has(key) && !STAYS.has(key))
  );
}

function namedByConnection(fields: readonly Field[]): Set<string> {
  const named = new Set<string>();
  for (const [name, value] of fields) {
    if (name.toLowerCase() !== 'connection') continue;
    for (const item of value.split(',')) named.add(withoutBlanks(item).toLowerCase());
  }
  return named;
}
