import { z } from 'zod';
import { isPlainObject } from './plain-object.ts';
import { configSchema } from './schema/config-schema.ts';

/** The keys that may stand in the object at `path` of a config; none where anything may. */
export function knownKeys(path: readonly PropertyKey[]): string[] {
  let schemas = alternatives(z.toJSONSchema(configSchema, { io: 'input' }));
  for (const segment of path) {
    schemas = schemas.map((schema) => below(schema, segment)).flatMap(alternatives);
  }
  const keys = schemas.flatMap(({ properties }) => (isPlainObject(properties) ? Object.keys(properties) : []));
  return keys.filter((key) => key !== '$schema');
}

function below(schema: Record<string, unknown>, segment: PropertyKey): unknown {
  if (typeof segment === 'number') return schema['items'];
  const { properties, additionalProperties } = schema;
  return isPlainObject(properties) ? properties[String(segment)] : additionalProperties;
}

function alternatives(schema: unknown): Record<string, unknown>[] {
  if (!isPlainObject(schema)) return [];
  return Array.isArray(schema['anyOf']) ? schema['anyOf'].flatMap(alternatives) : [schema];
}
