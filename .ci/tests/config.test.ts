import { configSchema, environmentVariables } from '@millpond/proxy';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { read, tables } from './workspaces.ts';

type Schema = Readonly<Record<string, unknown>>;

/** What the schema calls a default, as the reference writes it; undefined where the schema names none. */
type Defaults = ReadonlyMap<string, string | undefined>;

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null;
}

function schemas(value: unknown): Schema[] {
  return (Array.isArray(value) ? value : [value]).filter(isSchema);
}

/** The keys of every object in the config, by the name of the key that holds it; the outermost is `the file`. */
function keysByObject(schema: Schema, name: string, found = new Map<string, Map<string, string | undefined>>()) {
  const { properties, items, additionalProperties, anyOf } = schema;
  for (const [key, value] of Object.entries(isSchema(properties) ? properties : {})) {
    const keys = found.get(name) ?? new Map<string, string | undefined>();
    found.set(name, keys.set(key, keys.get(key) ?? writtenDefault(value)));
    for (const inner of schemas(value)) keysByObject(inner, key, found);
  }
  for (const inner of schemas([anyOf ?? [], items, additionalProperties].flat())) keysByObject(inner, name, found);
  return found;
}

function writtenDefault(schema: unknown): string | undefined {
  const value = isSchema(schema) ? schema['default'] : undefined;
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : undefined;
}

/** What docs/config.md says: a section may describe several objects, each named in its heading; several, those of one name. */
function documented(): Map<string, Defaults> {
  const found = new Map<string, Defaults>();
  for (const { heading, rows } of tables('docs/config.md')) {
    const names =
      heading === 'The file' ? ['the file'] : [...heading.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
    const keys = new Map(rows.map(([key = '', , byDefault = '']) => [key, byDefault]));
    for (const name of names) found.set(name, new Map([...(found.get(name) ?? []), ...keys]));
  }
  return found;
}

const expected = keysByObject(z.toJSONSchema(configSchema, { io: 'input' }), 'the file');
const actual = documented();

describe('docs/config.md', () => {
  it.each([...expected])('describes every key of %s, and none that is gone', (name, keys) => {
    expect([...(actual.get(name)?.keys() ?? [])].toSorted()).toEqual([...keys.keys()].toSorted());
  });

  it.each([...expected])('gives the defaults of %s', (name, keys) => {
    const wanted = [...keys].filter(([, byDefault]) => byDefault !== undefined);
    expect(wanted.map(([key]) => [key, actual.get(name)?.get(key)])).toEqual(wanted);
  });

  it('lists the environment variables', () => {
    const rows = tables('docs/config.md').flatMap((section) => section.rows);
    const variables = rows.filter(([first]) => first?.startsWith('MILLPOND_')).map(([name, sets]) => [name, sets]);
    expect(Object.fromEntries(variables)).toEqual(environmentVariables);
    expect(read('docs/config.md')).not.toContain('undefined');
  });
});
